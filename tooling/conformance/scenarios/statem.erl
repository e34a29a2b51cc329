%% State machines: events, states, what is postponed, timers, state enter calls. Each story is told in both callback modes, of machines
%% whose callbacks all come to one fun; `each` labels them m1, m2 and so on.
-module(statem).
-compile(export_all).

callback_mode() -> get(mode).

init({Mode, Handle, State, Data, Actions}) ->
    put(mode, Mode),
    put(handle, Handle),
    {ok, State, Data, Actions};
init(Other) -> Other.

a(Type, Content, Data) -> on(Type, Content, a, Data).
b(Type, Content, Data) -> on(Type, Content, b, Data).
c(Type, Content, Data) -> on(Type, Content, c, Data).
handle_event(Type, Content, State, Data) -> on(Type, Content, State, Data).

on(Type, Content, State, Data) -> (get(handle))(Type, Content, State, Data).

terminate(_, _, {slow, Main}) -> timer:sleep(20), Main ! terminated;
terminate(Reason, State, Data) -> t:emit(terminate, [word(Reason), State, Data]).

code_change(_, State, Data, Extra) -> {ok, State, [Data, Extra]}.

format_status(Status) -> maps:map(fun(data, _) -> hidden; (_, Value) -> Value end, Status).

%% An orderly reason, or that it crashed.
word(Reason) when Reason =:= normal; Reason =:= shutdown; Reason =:= enough -> Reason;
word(_) -> crashed.

%% Tells a story twice: Play gets a fun that starts a machine.
each(Play) -> each([], Play).
each(Enter, Play) ->
    [Play(fun(Handle, State, Data, Actions) -> start({[Mode | Enter], Handle, State, Data, Actions}) end)
     || Mode <- [state_functions, handle_event_function]].

start(Arg) ->
    Main = self(),
    put(machines, case get(machines) of undefined -> 1; N -> N + 1 end),
    put(main, Main),
    {ok, Pid} = gen_statem:start(?MODULE, Arg, []),
    t:label(list_to_atom("m" ++ integer_to_list(get(machines))), Pid).

%% What came: the type, or the name of a generic timeout, and the content.
seen({call, _}, Content) -> t:emit(call, Content);
seen({timeout, Name}, Content) -> t:emit(Name, Content);
seen(Type, Content) -> t:emit(Type, Content).

cast(Pid, What) -> gen_statem:cast(Pid, What).
ask(Pid, What) -> gen_statem:call(Pid, What).

%% The machine takes nothing while Fun runs: all that comes meanwhile is in its mailbox.
held(Pid, Fun) ->
    true = erlang:suspend_process(Pid),
    Fun(),
    erlang:resume_process(Pid).

%% Until the machine is done with all that was sent to it so far.
settle(Pid) -> settled = ask(Pid, settle).

died(Pid) -> word(t:dead(Pid)).

%% — events and steps —

event_types() ->
    Main = self(),
    Handle = fun
        ({call, From} = T, go, _, D) ->
            seen(T, go),
            {keep_state, D, [{reply, From, ok}, {next_event, internal, i}]};
        (internal, i, _, _) -> seen(internal, i), {keep_state_and_data, [{{timeout, x}, 1, n}]};
        ({timeout, x} = T, n, _, _) -> seen(T, n), {keep_state_and_data, [{state_timeout, 1, s}]};
        (state_timeout, s, _, _) -> seen(state_timeout, s), {keep_state_and_data, [{timeout, 1, e}]};
        (timeout, e, _, _) -> seen(timeout, e), Main ! done, keep_state_and_data;
        (T, C, _, _) -> seen(T, C), keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, 0, []),
        cast(P, first),
        P ! #{type => tick},
        t:emit(answer, ask(P, go)),
        receive done -> ok end
    end).

steps() ->
    Handle = fun
        ({call, From}, get, S, D) -> {keep_state_and_data, [{reply, From, [S, D]}]};
        (cast, next, _, D) -> {next_state, b, D + 1};
        (cast, keep, _, D) -> {keep_state, D + 10};
        (cast, as_it_was, _, _) -> keep_state_and_data;
        (cast, repeat, _, D) -> {repeat_state, D + 100};
        (cast, repeat_as_it_was, _, _) -> repeat_state_and_data;
        (enter, _, S, D) -> t:emit(enter, [S, D]), keep_state_and_data
    end,
    each([state_enter], fun(Start) ->
        P = Start(Handle, a, 0, []),
        [begin cast(P, What), t:emit(What, ask(P, get)) end
         || What <- [keep, as_it_was, next, repeat, repeat_as_it_was, next]]
    end).

ends() ->
    Handle = fun
        (cast, stop, _, _) -> stop;
        (cast, reason, _, _) -> {stop, enough};
        (cast, data, _, _) -> {stop, enough, last};
        ({call, From}, reply, _, _) -> {stop_and_reply, shutdown, [{reply, From, bye}]};
        ({call, From}, reply_data, _, _) -> {stop_and_reply, shutdown, [{reply, From, bye}], last};
        (cast, crash, _, _) -> error(oops)
    end,
    each(fun(Start) ->
        [begin P = Start(Handle, a, first, []), cast(P, What), t:emit(What, died(P)) end
         || What <- [stop, reason, data, crash]],
        [begin
            P = Start(Handle, a, first, []),
            Ref = monitor(process, P),
            t:emit(What, ask(P, What)),
            t:emit(ended, word(t:reason({P, Ref})))
         end || What <- [reply, reply_data]],
        Q = Start(Handle, a, first, []),
        t:emit(stopped, gen_statem:stop(Q, shutdown, infinity))
    end).

%% gen_statem answers before it terminates, unlike gen_server.
answers_before_it_terminates() ->
    Handle = fun({call, From}, reply, _, Main) -> {stop_and_reply, normal, [{reply, From, bye}], {slow, Main}} end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        t:emit(reply, ask(P, reply)),
        t:emit(not_yet, t:quiet(5)),
        t:emit(then, t:quiet(500))
    end).

a_thrown_step_counts() ->
    Handle = fun
        ({call, From}, get, S, D) -> {keep_state_and_data, [{reply, From, [S, D]}]};
        (cast, go, _, D) -> throw({next_state, b, D + 1});
        (cast, rubbish, _, _) -> throw(rubbish)
    end,
    each(fun(Start) ->
        P = Start(Handle, a, 0, []),
        cast(P, go),
        t:emit(got, ask(P, get)),
        cast(P, rubbish),
        t:emit(died, died(P))
    end).

what_is_no_step() ->
    Handle = fun(cast, What, _, _) -> What end,
    each(fun(Start) ->
        [begin P = Start(Handle, a, 0, []), cast(P, What), t:emit(died, died(P)) end || What <- [7, nonsense]]
    end).

%% — states —

a_change_is_another_state() ->
    Handle = fun
        (enter, Old, S, _) -> t:emit(enter, [Old, S]), keep_state_and_data;
        (cast, p, a, _) -> {keep_state_and_data, [postpone]};
        (cast, set, a, D) -> {next_state, a, D, [{state_timeout, 15, s}]};
        (cast, same, S, D) -> {next_state, S, D};
        (state_timeout, s, S, D) -> t:emit(state_timeout, S), D ! fired, {next_state, b, D};
        (cast, p, b, D) -> t:emit(p, b), D ! done, keep_state_and_data
    end,
    each([state_enter], fun(Start) ->
        P = Start(Handle, a, self(), []),
        cast(P, p),
        cast(P, set),
        cast(P, same),
        cast(P, same),
        receive fired -> t:emit(fired) end,
        receive done -> t:emit(done) end
    end).

states_of_any_term() ->
    Handle = fun
        (enter, Old, S, _) -> t:emit(enter, [Old, S]), keep_state_and_data;
        ({call, From}, {go, To}, _, D) -> {next_state, #{at => To}, D, [{reply, From, ok}]};
        ({call, _}, later, #{at := 1}, _) -> {keep_state_and_data, [postpone]};
        ({call, From}, later, S, _) -> {keep_state_and_data, [{reply, From, S}]}
    end,
    P = start({[handle_event_function, state_enter], Handle, #{at => 1}, 0, []}),
    Main = self(),
    spawn_link(fun() -> Main ! {later, ask(P, later)} end),
    ask(P, {go, 1}),
    t:emit(same, t:quiet(10)),
    ask(P, {go, 2}),
    receive {later, Answer} -> t:emit(later, Answer) end.

%% — state enter calls —

state_enter_calls() ->
    Handle = fun
        (enter, Old, S, _) -> t:emit(enter, [Old, S]), keep_state_and_data;
        ({call, From}, {go, To}, _, D) -> {next_state, To, D, [{reply, From, ok}]};
        ({call, From}, repeat, _, D) -> {repeat_state, D, [{reply, From, ok}]};
        ({call, From}, keep, _, _) -> {keep_state_and_data, [{reply, From, ok}]}
    end,
    each([state_enter], fun(Start) ->
        P = Start(Handle, a, 0, []),
        [ask(P, What) || What <- [keep, {go, a}, {go, b}, repeat, keep, {go, b}, {go, a}]]
    end).

an_enter_call_sets_timers_and_answers() ->
    Handle = fun
        (enter, _, a, _) -> keep_state_and_data;
        (enter, _, b, {Main, From}) ->
            t:emit(enter, b),
            {keep_state, Main, [{reply, From, entered}, {state_timeout, 1, s}, {{timeout, x}, 0, z}, hibernate]};
        ({call, From}, go, a, Main) -> {next_state, b, {Main, From}, [{{timeout, y}, 0, y}, {next_event, internal, i}]};
        (state_timeout = T, s, b, Main) -> seen(T, s), Main ! done, keep_state_and_data;
        (T, C, b, _) -> seen(T, C), keep_state_and_data
    end,
    each([state_enter], fun(Start) ->
        P = Start(Handle, a, self(), []),
        t:emit(answer, ask(P, go)),
        receive done -> ok end
    end).

%% Where it was when its enter call went wrong.
an_enter_call_cannot_do_all() ->
    Handle = fun
        (enter, a, a, _) -> keep_state_and_data;
        (enter, _, b, postpone) -> {keep_state, new, [postpone]};
        (enter, _, b, next_event) -> {keep_state, new, [{next_event, internal, i}]};
        (enter, _, b, next_state) -> {next_state, c, new};
        (enter, _, b, crash) -> error(oops);
        (enter, _, b, stop) -> {stop, enough, new};
        (enter, _, b, nonsense) -> nonsense;
        (cast, What, a, _) -> {next_state, b, What}
    end,
    each([state_enter], fun(Start) ->
        [begin P = Start(Handle, a, old, []), cast(P, What), t:emit(What, died(P)) end
         || What <- [postpone, next_event, next_state, crash, stop, nonsense]]
    end).

%% — the order of events —

order_after_a_transition() ->
    Handle = fun
        (cast, hold, a, _) -> keep_state_and_data;
        (cast, P, a, _) when P =:= p1; P =:= p2 -> {keep_state_and_data, [postpone]};
        (cast, go, a, D) ->
            {next_state, b, D, [{next_event, internal, i1}, {{timeout, x}, 0, z1}, {next_event, internal, i2},
                                {state_timeout, 0, z2}, {{timeout, y}, 0, z3}]};
        ({call, From}, settle, _, _) -> {keep_state_and_data, [{reply, From, settled}]};
        (internal, i1, b, _) -> seen(internal, i1), {keep_state_and_data, [{next_event, internal, i3}]};
        (cast, p1, b, _) -> seen(cast, p1), {keep_state_and_data, [{next_event, cast, i4}]};
        (T, C, b, _) -> seen(T, C), keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, 0, []),
        held(P, fun() -> [cast(P, What) || What <- [p1, p2, go, m1, m2]] end),
        settle(P)
    end).

postpone_order() ->
    Handle = fun
        ({call, From}, settle, _, _) -> {keep_state_and_data, [{reply, From, settled}]};
        (cast, go, a, D) -> {next_state, b, D};
        (cast, again, a, D) -> {repeat_state, D};
        (cast, stay, a, D) -> {keep_state, D};
        (cast, What, a, _) -> t:emit(postponed, [a, What]), {keep_state_and_data, [postpone]};
        (cast, p2, b, D) -> t:emit(moves, p2), {next_state, c, D, [postpone, {next_event, internal, i}]};
        (cast, What, b, _) -> t:emit(postponed, [b, What]), {keep_state_and_data, [postpone]};
        (T, C, c, _) -> seen(T, C), keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, 0, []),
        held(P, fun() -> [cast(P, What) || What <- [p1, p2, again, stay, p3, go, p4]] end),
        settle(P)
    end).

postponed_calls_and_timeouts() ->
    Handle = fun
        ({call, _}, _, a, _) -> {keep_state_and_data, [postpone]};
        (state_timeout, _, a, _) -> {keep_state_and_data, [postpone, {{timeout, go}, 1, now}]};
        ({timeout, go}, now, a, D) -> {next_state, b, D};
        ({call, From}, What, b, _) -> seen(call, What), {keep_state_and_data, [{reply, From, [What, b]}]};
        (T, C, b, _) -> seen(T, C), keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, 0, [{state_timeout, 5, s}]),
        t:emit(answer, ask(P, first)),
        t:emit(answer, ask(P, second))
    end).

%% — timers —

state_timeout_ends_with_the_state() ->
    Handle = fun
        (cast, set, _, D) -> {keep_state, D, [{state_timeout, 20, s}]};
        (cast, keep, _, D) -> {keep_state, D};
        (cast, repeat, _, D) -> {repeat_state, D};
        (cast, same, S, D) -> {next_state, S, D};
        (cast, go, _, D) -> {next_state, b, D};
        (state_timeout = T, C, _, D) -> seen(T, C), D ! fired, keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        [cast(P, What) || What <- [set, keep, repeat, same]],
        t:emit(kept, t:quiet(200)),
        held(P, fun() -> cast(P, set), cast(P, go) end),
        t:emit(changed, t:quiet(40))
    end).

event_timeout_ends_with_any_event() ->
    Handle = fun
        ({call, From}, What, _, _) -> {keep_state_and_data, [{reply, From, ok} | set(What)]};
        (cast, other, _, _) -> keep_state_and_data;
        (internal, i, _, _) -> keep_state_and_data;
        ({timeout, x}, n, _, _) -> keep_state_and_data;
        (timeout, C, _, D) -> t:emit(timeout, C), D ! fired, keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        ask(P, alone),
        t:emit(alone, t:quiet(200)),
        ask(P, bare),
        t:emit(bare, t:quiet(200)),
        ask(P, slow),
        cast(P, other),
        t:emit(after_a_cast, t:quiet(60)),
        ask(P, with_inserted),
        t:emit(after_an_inserted_one, t:quiet(20)),
        ask(P, with_timeout),
        t:emit(after_a_timeout, t:quiet(20)),
        ask(P, zero),
        t:emit(zero, t:quiet(200)),
        ask(P, zero_with_inserted),
        t:emit(zero_after_an_inserted_one, t:quiet(20)),
        ask(P, updated),
        t:emit(updated, t:quiet(200))
    end).

set(alone) -> [{timeout, 5, e}];
set(slow) -> [{timeout, 40, e}];
set(bare) -> [5];
set(with_inserted) -> [{timeout, 5, e}, {next_event, internal, i}];
set(with_timeout) -> [{timeout, 8, e}, {{timeout, x}, 1, n}];
set(zero) -> [{timeout, 0, z}];
set(zero_with_inserted) -> [{timeout, 0, z}, {next_event, internal, i}];
set(updated) -> [{timeout, update, u}].

generic_timeouts_outlive_the_state() ->
    Handle = fun
        ({call, From}, Actions, _, D) when is_list(Actions) -> {keep_state, D, [{reply, From, ok} | Actions]};
        ({call, From}, go, _, D) -> {next_state, b, D, [{reply, From, ok}]};
        ({timeout, N} = T, C, S, D) -> seen(T, [C, S]), D ! N, keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        ask(P, [{{timeout, x}, 40, one}]),
        ask(P, go),
        t:emit(after_a_change, t:quiet(200)),
        ask(P, [{{timeout, x}, 40, one}]),
        ask(P, [{{timeout, x}, 20, two}, {{timeout, y}, 1, three}]),
        t:emit(first, t:quiet(200)),
        t:emit(second, t:quiet(200)),
        t:emit(third, t:quiet(40))
    end).

cancel_and_update() ->
    Handle = fun
        (cast, Actions, _, D) -> {keep_state, D, Actions};
        (T, C, _, D) -> seen(T, C), D ! fired, keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        Both = fun(First, Second, Ms) -> held(P, fun() -> cast(P, First), cast(P, Second) end), t:quiet(Ms) end,
        [begin
            t:emit(cancelled, Both([{Timer, 10, one}], [{Timer, cancel}], 20)),
            t:emit(infinity, Both([{Timer, 10, one}], [{Timer, infinity, two}], 20)),
            t:emit(updated, Both([{Timer, 10, one}], [{Timer, update, two}], 200)),
            t:emit(fired_at_once, Both([], [{Timer, update, three}], 200)),
            t:emit(nothing_to_cancel, Both([], [{Timer, cancel}], 5))
         end || Timer <- [state_timeout, {timeout, x}]]
    end).

%% The time of a timer is over and its message is in the mailbox when it is cancelled, set again, updated, or its state left.
an_old_expiry_never_comes() ->
    Handle = fun
        ({call, From}, settle, _, _) -> {keep_state_and_data, [{reply, From, settled}]};
        (cast, block, _, _) -> timer:sleep(15), keep_state_and_data;
        (cast, go, _, D) -> {next_state, b, D};
        (cast, Actions, _, D) -> {keep_state, D, Actions};
        (T, C, _, D) -> seen(T, C), D ! fired, keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        Late = fun(Set, Then, Ms) ->
            held(P, fun() -> cast(P, Set), cast(P, block), cast(P, Then) end),
            settle(P),
            t:quiet(Ms)
        end,
        t:emit(cancelled, Late([{{timeout, x}, 5, old}], [{{timeout, x}, cancel}], 20)),
        t:emit(set_again, Late([{{timeout, x}, 5, old}], [{{timeout, x}, 10, new}], 500)),
        t:emit(at_once, Late([{{timeout, x}, 5, old}], [{{timeout, x}, 0, new}], 500)),
        t:emit(updated, Late([{{timeout, x}, 5, old}], [{{timeout, x}, update, new}], 500)),
        t:emit(state_left, Late([{state_timeout, 5, old}], go, 20)),
        cast(P, [{{timeout, x}, 0, old}, {next_event, cast, [{{timeout, x}, cancel}]}]),
        t:emit(zero_cancelled, t:quiet(5)),
        cast(P, [{{timeout, x}, 0, old}, {next_event, cast, [{{timeout, x}, 0, new}]}]),
        t:emit(zero_set_again, t:quiet(200))
    end).

the_last_of_two_timers_counts() ->
    Handle = fun
        ({call, From}, Actions, _, D) -> {keep_state, D, [{reply, From, ok} | Actions]};
        (T, C, _, D) -> seen(T, C), D ! fired, keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        ask(P, [{{timeout, x}, 1, first}, {{timeout, y}, 15, other}, {{timeout, x}, 5, last}]),
        t:emit(one, t:quiet(200)),
        t:emit(two, t:quiet(200)),
        t:emit(then, t:quiet(20)),
        ask(P, [{state_timeout, 1, first}, {state_timeout, infinity, last}]),
        t:emit(stopped, t:quiet(20)),
        ask(P, [{{timeout, x}, 0, first}, {{timeout, y}, 0, second}, {{timeout, x}, 0, third}]),
        t:emit(one, t:quiet(200)),
        t:emit(two, t:quiet(200)),
        t:emit(then, t:quiet(20))
    end).

absolute_times() ->
    Handle = fun
        ({call, From}, Ms, _, D) ->
            At = erlang:monotonic_time(millisecond) + Ms,
            {keep_state, D, [{reply, From, ok}, {{timeout, x}, At, at, [{abs, true}]}, {state_timeout, 20, s, {abs, false}}]};
        (T, C, _, D) -> seen(T, C), D ! fired, keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        ask(P, 40),
        t:emit(first, t:quiet(200)),
        t:emit(second, t:quiet(200)),
        ask(P, -40),
        t:emit(first, t:quiet(200)),
        t:emit(second, t:quiet(200))
    end).

%% — by name, as in the list of what clones get wrong —

state_timers() ->
    Handle = fun
        ({call, From}, {To, Actions}, _, D) -> {next_state, To, D, [{reply, From, ok} | Actions]};
        (T, C, S, D) -> seen(T, [C, S]), D ! fired, keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, self(), []),
        ask(P, {a, [{state_timeout, 15, s}, {{timeout, x}, 60, n}]}),
        ask(P, {a, []}),
        t:emit(survives_a_return, t:quiet(200)),
        ask(P, {b, []}),
        t:emit(generic_survives_a_change, t:quiet(200)),
        ask(P, {a, [{state_timeout, 40, s}]}),
        ask(P, {b, [{{timeout, x}, update, at_once}]}),
        t:emit(update_without_a_timer, t:quiet(200)),
        t:emit(ends_with_the_state, t:quiet(50)),
        ask(P, {a, [{state_timeout, 5, new_one}]}),
        t:emit(set_by_the_change_itself, t:quiet(200))
    end).

zero_timers_and_state_enter() ->
    Handle = fun
        (enter, Old, S, _) -> t:emit(enter, [Old, S]), {keep_state_and_data, [{{timeout, y}, 0, from_enter}]};
        (cast, go, _, D) -> {next_state, b, D, [{{timeout, x}, 0, z1}, {state_timeout, 0, z2}]};
        (cast, again, _, D) -> {repeat_state, D, [{{timeout, x}, 0, z3}]};
        ({call, From}, settle, _, _) -> {keep_state_and_data, [{reply, From, settled}]};
        (T, C, _, _) -> seen(T, C), keep_state_and_data
    end,
    each([state_enter], fun(Start) ->
        P = Start(Handle, a, 0, []),
        settle(P),
        held(P, fun() -> [cast(P, What) || What <- [go, m1, again, m2]] end),
        settle(P)
    end).

%% — answers —

answers_given_later() ->
    Handle = fun
        ({call, From}, done, _, Waiting) ->
            {keep_state, [], [{reply, F, N} || {F, N} <- Waiting] ++ [{reply, From, done}]};
        ({call, From}, N, _, Waiting) -> {keep_state, [{From, N} | Waiting]}
    end,
    each(fun(Start) ->
        P = Start(Handle, a, [], []),
        Main = self(),
        Clients = [spawn(fun() -> Main ! {self(), ask(P, N)} end) || N <- [1, 2, 3]],
        timer:sleep(5),
        t:emit(done, ask(P, done)),
        t:emit(answers, [receive {C, Answer} -> Answer end || C <- Clients])
    end).

calls_that_time_out() ->
    Handle = fun
        ({call, From}, late, _, _) -> {keep_state_and_data, [{{timeout, reply}, 40, From}]};
        ({timeout, reply}, From, _, _) -> {keep_state_and_data, [{reply, From, late}]};
        ({call, From}, settle, _, _) -> {keep_state_and_data, [{reply, From, settled}]}
    end,
    each(fun(Start) ->
        P = Start(Handle, a, 0, []),
        [begin
            t:emit(late, try gen_statem:call(P, late, Limit) catch exit:{Reason, _} -> {failed, Reason} end),
            t:emit(then, t:quiet(50)),
            settle(P)
         end || Limit <- [5, {clean_timeout, 5}]],
        t:emit(waits, gen_statem:call(P, late, infinity))
    end).

%% — the beginning and the end —

actions_of_init() ->
    Handle = fun
        (enter, Old, S, _) -> t:emit(enter, [Old, S]), keep_state_and_data;
        ({call, From}, settle, _, _) -> {keep_state_and_data, [{reply, From, settled}]};
        (T, C, _, _) -> seen(T, C), keep_state_and_data
    end,
    each([state_enter], fun(Start) ->
        P = Start(Handle, a, 0, [postpone, {next_event, internal, i1}, {{timeout, x}, 0, z}, {next_event, cast, i2}]),
        settle(P)
    end).

init_that_fails() ->
    process_flag(trap_exit, true),
    [t:emit(What, gen_statem:start_link(?MODULE, Result, [])) || {What, Result} <- [{ignored, ignore}, {stopped, {stop, enough}}]].

%% The parent's exit ends a machine that traps exits, by terminate; that of another is an event.
exits_of_parent_and_others() ->
    Handle = fun(enter, _, _, _) -> process_flag(trap_exit, true), keep_state_and_data;
                (info, {'EXIT', _, Reason}, _, _) -> t:emit(exit, Reason), keep_state_and_data;
                ({call, From}, settle, _, _) -> {keep_state_and_data, [{reply, From, settled}]} end,
    Main = self(),
    Parent = t:label(parent, spawn(fun() ->
        {ok, Pid} = gen_statem:start_link(?MODULE, {[state_functions, state_enter], Handle, a, 0, []}, []),
        t:label(m1, Pid),
        Main ! Pid,
        receive go -> exit(enough) end
    end)),
    P = receive Pid -> Pid end,
    settle(P),
    exit(P, other),
    settle(P),
    Parent ! go,
    t:emit(died, died(P)).

%% — callback modules —

another_callback_module() ->
    Handle = fun
        (cast, {do, Action}, _, _) -> {keep_state_and_data, [Action]};
        (cast, {go, Action}, _, D) -> {next_state, b, D, [Action]};
        ({call, From}, settle, _, _) -> {keep_state_and_data, [{reply, From, settled}]};
        (enter, Old, S, _) -> t:emit(enter, [Old, S]), keep_state_and_data;
        (T, C, _, _) -> seen(T, C), keep_state_and_data
    end,
    each([state_enter], fun(Start) ->
        P = Start(Handle, a, 0, []),
        [cast(P, What) || What <- [one, {do, {push_callback_module, statem_other}}, two, back, three]],
        settle(P),
        cast(P, {go, {change_callback_module, statem_other}}),
        cast(P, four),
        cast(P, back),
        t:emit(nothing_to_pop, died(P)),
        Q = Start(Handle, a, 0, []),
        cast(Q, {do, pop_callback_module}),
        t:emit(nothing_was_pushed, died(Q)),
        R = Start(Handle, a, 0, []),
        cast(R, {do, {change_callback_module, no_such_module}}),
        t:emit(no_such_module, died(R))
    end).

%% — sys —

state_from_outside() ->
    Handle = fun({call, From}, get, S, D) -> {keep_state_and_data, [{reply, From, [S, D]}]} end,
    each(fun(Start) ->
        P = Start(Handle, a, 1, []),
        t:emit(state, pair(sys:get_state(P))),
        t:emit(replaced, pair(sys:replace_state(P, fun({a, D}) -> {b, D + 1} end))),
        t:emit(got, ask(P, get)),
        t:emit(state, pair(sys:get_state(P)))
    end).

pair({State, Data}) -> [State, Data].

%% While it is suspended its timers run out, and their events wait as all others do.
suspended_and_changed() ->
    Handle = fun
        ({call, From}, get, S, D) -> {keep_state_and_data, [{reply, From, [S, D]}]};
        (T, C, _, _) -> seen(T, C), keep_state_and_data
    end,
    each(fun(Start) ->
        P = Start(Handle, a, 1, [{state_timeout, 20, s}]),
        ok = sys:suspend(P),
        cast(P, first),
        timer:sleep(40),
        t:emit(changed, sys:change_code(P, ?MODULE, undefined, extra)),
        cast(P, second),
        ok = sys:resume(P),
        t:emit(got, ask(P, get))
    end).

status_without_data() ->
    Handle = fun(_, _, _, _) -> keep_state_and_data end,
    each(fun(Start) ->
        P = Start(Handle, a, secret, []),
        {status, _, _, [_, _, _, _, Parts]} = sys:get_status(P),
        [State] = [S || {data, [{"State", S}]} <- Parts],
        t:emit(shown, pair(State))
    end).

hibernating() ->
    Handle = fun
        ({call, From}, sleep, _, _) -> {keep_state_and_data, [{reply, From, ok}, hibernate]};
        ({call, From}, not_yet, _, _) -> {keep_state_and_data, [{reply, From, ok}, hibernate, {next_event, internal, i}]};
        ({call, From}, wake, _, _) -> {keep_state_and_data, [{reply, From, awake}]};
        (internal, i, _, _) -> keep_state_and_data
    end,
    Sleeps = fun(P) -> timer:sleep(10), {current_function, F} = process_info(P, current_function), F =:= {erlang, hibernate, 3} end,
    each(fun(Start) ->
        P = Start(Handle, a, 0, []),
        ask(P, sleep),
        t:emit(asleep, Sleeps(P)),
        t:emit(woken, ask(P, wake)),
        t:emit(asleep, Sleeps(P)),
        ask(P, not_yet),
        t:emit(asleep, Sleeps(P))
    end).
