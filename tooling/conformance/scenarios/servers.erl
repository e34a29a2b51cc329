%% gen_server: one module of callbacks that do what they are told.
-module(servers).
-compile(export_all).

init(Act) -> Act().
handle_call({act, Act}, From, State) -> Act(From, State).
handle_cast({act, Act}, State) -> Act(State).
handle_info(timeout, State) -> t:emit(timeout), {noreply, State};
handle_info({'EXIT', _, Reason}, State) -> t:emit(exit, Reason), {noreply, State};
handle_info(Word, State) -> t:emit(info, Word), {noreply, State}.
handle_continue(Act, State) -> Act(State).
terminate(Reason, _) -> t:emit(terminate, word(Reason)).

%% — moves —

word({bad_return_value, _}) -> bad_return;
word({undef, _}) -> unknown;
word(Reason) -> Reason.

state(State) -> fun() -> {ok, State} end.

start(Label) -> start(Label, state(s)).
start(Label, Act) ->
    {ok, Pid} = gen_server:start(servers, Act, []),
    t:label(Label, Pid).

%% How a start went.
outcome({ok, _}) -> ok;
outcome({error, Reason}) -> [error, word(Reason)];
outcome(Other) -> Other.

call(To, Act) -> call(To, Act, 500).
call(To, Act, Timeout) ->
    try gen_server:call(To, {act, Act}, Timeout) of Answer -> [answer, Answer]
    catch exit:{Reason, _} -> [failed, word(Reason)]
    end.

cast(To, Act) -> gen_server:cast(To, {act, Act}).
state_of(To) -> call(To, fun(_, State) -> {reply, State, State} end).

note(Word) -> fun(State) -> t:emit(note, Word), {noreply, State} end.

asleep(Pid) ->
    t:quiet(10),
    process_info(Pid, current_function) =:= {current_function, {erlang, hibernate, 3}}.

stop(Pid, Reason) -> try gen_server:stop(Pid, Reason, 500)
    catch exit:{Why, {sys, _, _}} -> [failed, Why]; exit:Why -> [failed, Why]
    end.

%% — scenarios —

synchronous_start() ->
    {ok, S} = gen_server:start_link({local, early}, servers,
        fun() ->
            t:emit(named, whereis(early) =:= self()),
            timer:sleep(10),
            t:emit(init),
            {ok, s, {continue, note(continued)}}
        end, []),
    t:label(server, S),
    t:emit(started),
    t:emit(state, state_of(S)).

init_results() ->
    [t:emit(Name, [outcome(gen_server:start({local, tried}, servers, Act, [])), whereis(tried) =:= undefined])
     || {Name, Act} <- [{ignored, fun() -> ignore end}, {stopped, fun() -> {stop, why} end},
                        {crashed, fun() -> error(boom) end}, {bad, fun() -> {noreply, s} end}]].

init_results_linked() ->
    process_flag(trap_exit, true),
    t:emit(ignored, outcome(gen_server:start_link(servers, fun() -> ignore end, []))),
    t:emit(ignored_exit, exit_reason(t:quiet(20))),
    t:emit(stopped, outcome(gen_server:start_link(servers, fun() -> {stop, why} end, []))),
    t:emit(stopped_exit, exit_reason(t:quiet(20))).

exit_reason({'EXIT', _, Reason}) -> Reason;
exit_reason(Other) -> Other.

thrown_returns() ->
    S = start(server),
    t:emit(thrown, call(S, fun(_, _) -> throw({reply, thrown, next}) end)),
    t:emit(state, state_of(S)),
    t:emit(bad, call(S, fun(_, _) -> rubbish end)).

continue_first() ->
    S = start(server),
    Second = fun(State) -> t:emit(second, State), {noreply, State} end,
    First = fun(State) -> t:emit(first, State), {noreply, next, {continue, Second}} end,
    spawn(fun() -> call(S, fun(_, State) -> timer:sleep(20), {reply, ok, State, {continue, First}} end) end),
    t:quiet(10),
    cast(S, note(waited)),
    t:emit(state, state_of(S)).

timeout_cancel() ->
    S = start(server),
    t:emit(lonely, call(S, fun(_, State) -> {reply, ok, State, 20} end)),
    t:quiet(60),
    t:emit(disturbed, call(S, fun(_, State) -> {reply, ok, State, 30} end)),
    cast(S, note(disturbs)),
    t:quiet(60),
    t:emit(junk, call(S, fun(_, State) -> {reply, ok, State, 30} end)),
    S ! junk,
    t:quiet(60),
    cast(S, fun(State) -> timer:sleep(20), {noreply, State, 0} end),
    cast(S, note(first)),
    t:quiet(60),
    cast(S, fun(State) -> {noreply, State, 0} end),
    t:quiet(20).

timeout_and_system() ->
    S = start(server),
    call(S, fun(_, State) -> {reply, ok, State, 60} end),
    t:quiet(40),
    t:emit(state, sys:get_state(S)),
    t:quiet(40),
    t:emit(not_yet),
    t:quiet(60),
    cast(S, note(over)),
    t:emit(state, state_of(S)).

hibernation() ->
    S = start(server),
    t:emit(awake, asleep(S)),
    t:emit(rests, call(S, fun(_, State) -> {reply, ok, State, hibernate} end)),
    t:emit(asleep, asleep(S)),
    t:emit(state, sys:get_state(S)),
    t:emit(asleep_again, asleep(S)),
    t:emit(woken, state_of(S)),
    t:emit(awake_again, asleep(S)),
    {ok, L} = gen_server:start(servers, state(s), [{hibernate_after, 30}]),
    t:label(lazy, L),
    t:emit(not_yet, asleep(L)),
    t:quiet(60),
    t:emit(at_last, asleep(L)).

late_answers() ->
    S = start(server),
    t:emit(by_worker, call(S, fun(From, State) ->
        spawn(fun() -> gen_server:reply(From, by_worker) end),
        {noreply, State}
    end)),
    t:emit(before, call(S, fun(From, State) -> gen_server:reply(From, before), t:emit(goes_on), {noreply, State} end)),
    t:emit(late, call(S, fun(From, _) -> {noreply, From} end, 20)),
    cast(S, fun(From) -> gen_server:reply(From, late), {noreply, s} end),
    t:emit(state, state_of(S)),
    t:emit(nothing, t:quiet(20)).

calls_fail() ->
    t:emit(nobody, call(nobody, note(x))),
    Dead = spawn(fun() -> ok end),
    t:dead(Dead),
    t:emit(dead, call(Dead, note(x))),
    t:emit(itself, call(self(), note(x))),
    S = start(server),
    t:emit(late, call(S, fun(_, State) -> {noreply, State} end, 20)),
    t:emit(untouched, state_of(S)),
    [t:emit(ended, call(start(Label), fun(_, State) -> {stop, Reason, State} end))
     || {Label, Reason} <- [{s1, normal}, {s2, shutdown}, {s3, {shutdown, why}}, {s4, because}]],
    t:emit(crashed, call(start(s5), fun(_, _) -> error(boom) end)),
    K = start(s6),
    spawn(fun() -> t:quiet(10), exit(K, kill) end),
    t:emit(killed, call(K, fun(_, State) -> {noreply, State} end)).

ways_to_reach() ->
    {ok, S} = gen_server:start({local, one}, servers, state(local), []),
    t:label(server, S),
    {ok, V} = gen_server:start({via, global, two}, servers, state(via), []),
    t:label(other, V),
    [t:emit(reached, state_of(To)) || To <- [S, one, {one, node()}, {via, global, two}]],
    [t:emit(told, cast(To, note(told))) || To <- [S, one, {one, node()}, {via, global, two}]],
    [t:emit(silent, cast(To, note(told))) || To <- [nobody, {nobody, node()}, {via, global, nobody}]],
    t:emit(nobody, call({via, global, nobody}, note(x))),
    t:emit(stopped, stop({via, global, two}, normal)),
    t:dead(V),
    t:emit(silent, cast(V, note(told))),
    t:emit(state, state_of(S)).

stops() ->
    A = start(a),
    t:emit(stopped, stop(A, because)),
    t:emit(again, stop(A, because)),
    t:emit(nobody, stop(nobody, normal)),
    B = start(b),
    cast(B, fun(State) -> timer:sleep(20), {stop, other, State} end),
    t:emit(too_late, stop(B, normal)).

slow_start() ->
    process_flag(trap_exit, true),
    Slow = fun() -> timer:sleep(200), {ok, s} end,
    t:emit(slow, outcome(gen_server:start_link({local, slow}, servers, Slow, [{timeout, 20}]))),
    t:emit(nothing, t:quiet(20)),
    t:emit(free, whereis(slow) =:= undefined).

name_taken() ->
    process_flag(trap_exit, true),
    {ok, S} = gen_server:start_link({local, one}, servers, state(s), []),
    t:label(server, S),
    {error, {already_started, Holder}} = gen_server:start_link({local, one}, servers, state(t), []),
    t:emit(holder, Holder),
    {ok, V} = gen_server:start_link({via, global, two}, servers, state(s), []),
    t:label(other, V),
    {error, {already_started, Other}} = gen_server:start_link({via, global, two}, servers, state(t), []),
    t:emit(holder, Other),
    t:emit(nothing, t:quiet(20)).

start_monitor() ->
    {ok, {S, Ref}} = gen_server:start_monitor(servers, state(s), []),
    t:label(server, S),
    t:emit(state, state_of(S)),
    cast(S, fun(State) -> {stop, because, State} end),
    {'DOWN', Ref, process, S, Reason} = t:quiet(500),
    t:emit(down, Reason),
    t:emit(failed, outcome(gen_server:start_monitor(servers, fun() -> {stop, why} end, []))),
    t:emit(nothing, t:quiet(20)).

enter_loop() ->
    Main = self(),
    S = proc_lib:spawn(fun() ->
        register(made, self()),
        Main ! ready,
        gen_server:enter_loop(servers, [], made_by_hand, {local, made})
    end),
    t:label(server, S),
    receive ready -> ok end,
    t:emit(state, state_of(made)),
    t:emit(looked, sys:get_state(S)),
    t:emit(stopped, stop(S, because)),
    N = proc_lib:spawn(fun() -> t:quiet(10), gen_server:enter_loop(servers, [], s, {local, not_mine}) end),
    t:label(nameless, N),
    t:emit(nameless, t:dead(N) =/= normal).

unknown_messages() ->
    {ok, A} = gen_server:start(servers_bare, s, []),
    t:label(a, A),
    A ! junk,
    t:emit(lives, sys:get_state(A)),
    t:emit(call, call(A, nothing)),
    {ok, B} = gen_server:start(servers_bare, s, []),
    t:label(b, B),
    Ref = monitor(process, B),
    gen_server:cast(B, nothing),
    receive {'DOWN', Ref, process, B, Reason} -> t:emit(cast, word(Reason)) end.

parent_exit() ->
    Main = self(),
    Stranger = t:label(stranger, spawn(fun() -> receive go -> exit(strange) end end)),
    Parent = t:label(parent, spawn(fun() ->
        {ok, S} = gen_server:start_link(servers, fun() ->
            process_flag(trap_exit, true),
            link(Stranger),
            {ok, s}
        end, []),
        Main ! {server, S},
        receive go -> exit(gone) end
    end)),
    S = receive {server, Pid} -> t:label(server, Pid) end,
    Ref = monitor(process, S),
    Stranger ! go,
    t:quiet(10),
    t:emit(lives, state_of(S)),
    Parent ! go,
    receive {'DOWN', Ref, process, S, Reason} -> t:emit(ended, Reason) end.

terminate_rules() ->
    Ends = fun(Label, End) -> S = start(Label), Ref = monitor(process, S), End(S), t:emit(Label, word(t:reason({S, Ref}))) end,
    Ends(returned, fun(S) -> cast(S, fun(State) -> {stop, because, State} end) end),
    Ends(crashed, fun(S) -> cast(S, fun(_) -> error(boom) end) end),
    Ends(bad, fun(S) -> cast(S, fun(_) -> rubbish end) end),
    Ends(asked, fun(S) -> gen_server:stop(S, asked, 500) end),
    Ends(answered, fun(S) -> t:emit(answer, call(S, fun(_, State) -> {stop, normal, bye, State} end)) end),
    Ends(killed, fun(S) -> exit(S, kill) end),
    Ends(not_trapping, fun(S) -> exit(S, because) end),
    Trapping = fun(Label) ->
        {ok, S} = gen_server:start_link(servers, fun() -> process_flag(trap_exit, true), {ok, s} end, []),
        t:label(Label, S)
    end,
    process_flag(trap_exit, true),
    T = Trapping(trapping),
    Ref = monitor(process, T),
    exit(T, because),
    t:emit(trapping, t:reason({T, Ref})),
    t:emit(exits, length(t:collect())).

terminate_then_answer() ->
    S = start(server),
    t:emit(answer, call(S, fun(_, State) -> {stop, normal, bye, State} end)).

crash_logging() ->
    t:reports(),
    [begin
        S = start(Label),
        t:emit(Label, call(S, fun(_, State) -> case Reason of boom -> error(boom); _ -> {stop, Reason, State} end end)),
        t:emit(reported, case t:quiet(30) of nothing -> silent; {reported, S} -> told end),
        t:quiet(10)
     end || {Label, Reason} <- [{a, normal}, {b, shutdown}, {c, {shutdown, why}}, {d, because}, {e, boom}]].
