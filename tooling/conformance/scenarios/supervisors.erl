%% Supervisors: order, strategies, intensity, failing restarts, escalation, children at run time, dynamic and significant children.
-module(supervisors).
-compile(export_all).

%% — the supervisor and its kids —

init({sup, Flags, Specs}) -> {ok, {Flags, Specs}};
init(stored) -> {ok, persistent_term:get(?MODULE)};
init({bridge, Main}) ->
    Pid = spawn(fun() -> receive {exit, Reason} -> exit(Reason) end end),
    {ok, Pid, Main};
init({kid, Main, Id, Opts}) ->
    process_flag(trap_exit, maps:get(trap, Opts, true)),
    timer:sleep(maps:get(start_ms, Opts, 0)),
    case attempt(Opts) of
        start ->
            note(Main, start, Id),
            [note(Main, arg, Arg) || Arg <- maps:get(args, Opts, [])],
            {ok, {Main, Id, Opts}};
        fail -> [note(Main, fail, Id) || not maps:get(quiet, Opts, false)], {stop, no};
        ignore -> note(Main, ignore, Id), ignore
    end.

attempt(#{starts := Starts, attempts := Attempts}) ->
    counters:add(Attempts, 1, 1),
    Starts(counters:get(Attempts, 1));
attempt(_) -> start.

handle_call(ping, _From, State) -> {reply, pong, State}.
handle_cast(_, State) -> {noreply, State}.
handle_info({exit, Reason}, State) -> {stop, Reason, State};
handle_info(unlink, State) -> unlink(hd(get('$ancestors'))), {noreply, State};
handle_info(_, State) -> {noreply, State}.

terminate(shutdown, {Main, Id, Opts}) ->
    timer:sleep(maps:get(end_ms, Opts, 0)),
    note(Main, 'end', Id);
terminate(Reason, Main) when is_pid(Main) -> note(Main, terminate, Reason);
terminate(_, _) -> ok.

code_change(_, State, _) -> {ok, State}.

%% What a kid does is told in the order of the whole, as an event of main.
note(Main, What, Data) -> ets:insert(t_events, {erlang:unique_integer([monotonic]), Main, What, Data}).

kid(Id) -> kid(Id, #{}).
kid(Id, Opts) ->
    maps:merge(#{id => Id, start => {?MODULE, start_kid, [self(), Id, Opts]}},
               maps:with([restart, shutdown, significant, type], Opts)).

start_kid(Main, Id, Opts) ->
    case gen_server:start_link({local, Id}, ?MODULE, {kid, Main, Id, Opts}, []) of
        {ok, Pid} when is_map_key(info, Opts) -> {ok, Pid, maps:get(info, Opts)};
        Other -> Other
    end.

%% Of a dynamic supervisor: without a name, with the arguments of its start.
start_dynamic(Main, Id, Opts, Args) ->
    gen_server:start_link(?MODULE, {kid, Main, Id, Opts#{args => Args}}, []).

sup(Specs) -> sup(#{}, Specs).
sup(Flags, Specs) ->
    process_flag(trap_exit, true),
    supervisor:start_link(?MODULE, {sup, Flags, Specs}).

started(Flags, Specs) ->
    {ok, Sup} = sup(Flags, Specs),
    t:label(sup, Sup).

starts(Fun) -> #{starts => Fun, attempts => counters:new(1, [])}.

%% What stands for each child, the newest first.
which(Sup) ->
    [[Id, case Pid of undefined -> none; restarting -> restarting; _ -> runs end]
     || {Id, Pid, _, _} <- supervisor:which_children(Sup)].

stop(Sup) ->
    exit(Sup, shutdown),
    ended(Sup).

ended(Sup) -> receive {'EXIT', Sup, Reason} -> Reason end.

%% Waits until another process has the name, and the supervisor has done what it does.
again(Sup, Id, Old) ->
    case whereis(Id) of
        undefined -> timer:sleep(1), again(Sup, Id, Old);
        Old -> timer:sleep(1), again(Sup, Id, Old);
        _ -> supervisor:which_children(Sup), ok
    end.

crash(Sup, Id) ->
    Old = whereis(Id),
    exit(Old, kill),
    again(Sup, Id, Old).

%% Kills several at the same moment, as far as the supervisor can see.
strike(Sup, Pids) ->
    erlang:suspend_process(Sup),
    [begin exit(Pid, kill), t:dead(Pid) end || Pid <- Pids],
    erlang:resume_process(Sup).

settle(Attempts, N) ->
    case counters:get(Attempts, 1) of
        Enough when Enough >= N -> ok;
        _ -> timer:sleep(1), settle(Attempts, N)
    end.

%% — starting and stopping —

children_start_in_order_and_stop_in_reverse() ->
    Sup = started(#{}, [kid(a, #{start_ms => 20}), kid(b, #{start_ms => 5}), kid(c)]),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

a_failing_child_fails_the_whole_start() ->
    Failed = sup([kid(a), kid(b), kid(c, starts(fun(_) -> fail end)), kid(d)]),
    {error, {shutdown, {failed_to_start_child, Id, Reason}}} = Failed,
    t:emit(failed, [Id, Reason]),
    t:emit(left, [Name || Name <- [a, b, c, d], whereis(Name) =/= undefined]).

a_child_that_ignores_is_kept_unless_temporary() ->
    Ignores = starts(fun(_) -> ignore end),
    Sup = started(#{}, [kid(a, Ignores), kid(b, Ignores#{restart => temporary}), kid(c)]),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

a_start_may_tell_more_than_the_pid() ->
    Sup = started(#{}, []),
    {ok, A, Info} = supervisor:start_child(Sup, kid(a, #{info => #{port => 7}})),
    t:emit(is_a, A =:= whereis(a)),
    t:emit(info, Info),
    {ok, Undefined} = supervisor:start_child(Sup, kid(b, starts(fun(_) -> ignore end))),
    t:emit(ignored, case Undefined of undefined -> none end),
    t:emit(ended, stop(Sup)).

defaults_of_specifications_and_flags() ->
    Sup = started(#{}, [kid(a), kid(s, #{type => supervisor})]),
    [begin
        {ok, Spec} = supervisor:get_childspec(Sup, Id),
        #{restart := Restart, shutdown := Shutdown, type := Type, significant := Significant} = Spec,
        t:emit(spec, [Id, Restart, Shutdown, Type, Significant])
    end || Id <- [a, s]],
    A = whereis(a),
    crash(Sup, a),
    t:emit(s_was_left_alone, A =/= whereis(a)),
    exit(whereis(s), kill),
    t:emit(ended, ended(Sup)).

bad_specifications_are_refused_by_name() ->
    Bad = [maps:remove(id, kid(a)), maps:remove(start, kid(a)), kid(a, #{restart => sometimes}),
           kid(a, #{shutdown => -1}), kid(a, #{type => manager}), kid(a, #{significant => maybe, restart => transient}),
           kid(a, #{significant => true, restart => permanent})],
    [begin
        {error, Reason} = supervisor:check_childspecs([Spec]),
        t:emit(bad, case Reason of {Name, _} -> Name; {Name, _, _} -> Name; Name -> Name end)
    end || Spec <- Bad],
    {error, {duplicate_child_name, a}} = supervisor:check_childspecs([kid(a), kid(a)]),
    t:emit(twice, a),
    {error, {start_spec, {duplicate_child_name, a}}} = sup([kid(a), kid(a)]),
    t:emit(started_twice, a),
    {error, {start_spec, {bad_combination, _}}} = sup([kid(a, #{significant => true, restart => transient})]),
    t:emit(significant_for_nothing).

%% — restarting —

who_is_restarted_after_which_exit() ->
    [begin
        process_flag(trap_exit, true),
        {ok, Sup} = supervisor:start_link(?MODULE, {sup, #{}, [kid(x, #{restart => Restart})]}),
        X = whereis(x),
        X ! {exit, Reason},
        t:dead(X),
        timer:sleep(2),
        t:emit(after_exit, [Restart, Reason, which(Sup)]),
        stop(Sup)
    end || {Restart, Reason} <- [{permanent, normal}, {permanent, shutdown}, {permanent, odd},
                                 {transient, normal}, {transient, shutdown}, {transient, {shutdown, why}}, {transient, odd},
                                 {temporary, normal}, {temporary, {shutdown, why}}, {temporary, odd}]].

one_for_one() -> strategy(one_for_one, b).
one_for_all() -> strategy(one_for_all, d).
rest_for_one() -> strategy(rest_for_one, d).

strategy(Strategy, Last) ->
    Sup = started(#{strategy => Strategy}, [kid(Id) || Id <- [a, b, c, d]]),
    Old = whereis(Last),
    exit(whereis(b), kill),
    again(Sup, Last, Old),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

temporary_siblings_are_not_started_again() ->
    Sup = started(#{strategy => one_for_all}, [kid(a, #{restart => temporary}), kid(b), kid(c, #{restart => transient})]),
    crash(Sup, b),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

deaths_at_the_same_moment_count_once() ->
    Sup = started(#{strategy => one_for_all, intensity => 1}, [kid(Id) || Id <- [a, b, c]]),
    C = whereis(c),
    strike(Sup, [whereis(b), whereis(a), C]),
    again(Sup, c, C),
    t:emit(which, which(Sup)),
    exit(whereis(a), kill),
    t:emit(ended, ended(Sup)).

%% — intensity —

too_many_restarts_end_the_supervisor() ->
    Sup = started(#{intensity => 2, period => 5}, [kid(Id) || Id <- [a, b, c]]),
    crash(Sup, b),
    crash(Sup, a),
    exit(whereis(b), kill),
    t:emit(ended, ended(Sup)).

restarts_are_forgotten_after_the_period() ->
    Sup = started(#{intensity => 1, period => 1}, [kid(a)]),
    crash(Sup, a),
    timer:sleep(2100),
    crash(Sup, a),
    t:emit(which, which(Sup)),
    exit(whereis(a), kill),
    t:emit(ended, ended(Sup)).

%% Windows of a second each from the start would see two restarts in the first and one in the second.
the_window_slides() ->
    Sup = started(#{intensity => 2, period => 1}, [kid(a), kid(b)]),
    timer:sleep(850),
    crash(Sup, a),
    crash(Sup, b),
    timer:sleep(250),
    exit(whereis(a), kill),
    t:emit(ended, ended(Sup)).

%% — restarts that fail —

a_failing_restart_is_tried_again_and_counted() ->
    Opts = starts(fun(1) -> start; (_) -> fail end),
    Sup = started(#{intensity => 3}, [kid(a), kid(x, Opts)]),
    exit(whereis(x), kill),
    t:emit(ended, ended(Sup)),
    t:emit(attempts, counters:get(maps:get(attempts, Opts), 1)).

a_failing_restart_may_succeed_in_the_end() ->
    Sup = started(#{intensity => 3}, [kid(a), kid(x, starts(fun(1) -> start; (4) -> start; (_) -> fail end))]),
    crash(Sup, x),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

the_supervisor_answers_between_the_tries() ->
    Opts = #{attempts := Attempts} = starts(fun(1) -> start; (_) -> fail end),
    Sup = started(#{intensity => 1000}, [kid(a), kid(x, Opts#{start_ms => 5, quiet => true})]),
    exit(whereis(x), kill),
    settle(Attempts, 3),
    t:emit(which, which(Sup)),
    t:emit(counts, lists:sort(supervisor:count_children(Sup)) =:= [{active, 1}, {specs, 2}, {supervisors, 0}, {workers, 2}]),
    {error, Restart} = supervisor:restart_child(Sup, x),
    t:emit(restart, Restart),
    {error, Delete} = supervisor:delete_child(Sup, x),
    t:emit(delete, Delete),
    t:emit(terminate, supervisor:terminate_child(Sup, x)),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

a_failing_sibling_makes_one_for_all_begin_anew() ->
    Sup = started(#{strategy => one_for_all, intensity => 5},
                  [kid(a), kid(b, starts(fun(2) -> fail; (_) -> start end)), kid(c)]),
    crash(Sup, c),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

%% — stopping —

a_child_that_takes_too_long_is_killed() ->
    Sup = started(#{}, [kid(slow, #{end_ms => 400, shutdown => 20}), kid(fast, #{end_ms => 5})]),
    Ref = monitor(process, whereis(slow)),
    t:emit(ended, stop(Sup)),
    t:emit(slow, receive {'DOWN', Ref, _, _, Reason} -> Reason end).

brutal_kill_asks_nothing_and_infinity_waits() ->
    Sup = started(#{}, [kid(patient, #{end_ms => 60, shutdown => infinity}), kid(brutal, #{shutdown => brutal_kill})]),
    Ref = monitor(process, whereis(brutal)),
    t:emit(ended, stop(Sup)),
    t:emit(brutal, receive {'DOWN', Ref, _, _, Reason} -> Reason end).

a_child_that_unlinked_itself_does_not_hang_the_stop() ->
    Sup = started(#{}, [kid(a), kid(loose)]),
    whereis(loose) ! unlink,
    pong = gen_server:call(loose, ping),
    Ref = monitor(process, whereis(loose)),
    t:emit(ended, stop(Sup)),
    t:emit(loose, receive {'DOWN', Ref, _, _, Reason} -> Reason end).

%% — children at run time —

children_are_started_terminated_restarted_deleted() ->
    Sup = started(#{intensity => 0}, []),
    {ok, A} = supervisor:start_child(Sup, kid(a)),
    {error, {already_started, Known}} = supervisor:start_child(Sup, kid(a)),
    t:emit(already_started, A =:= Known),
    t:emit(errors, [element(2, supervisor:F(Sup, a)) || F <- [restart_child, delete_child]]),
    t:emit(terminate, supervisor:terminate_child(Sup, a)),
    t:emit(terminate_again, supervisor:terminate_child(Sup, a)),
    t:emit(which, which(Sup)),
    {error, Present} = supervisor:start_child(Sup, kid(a)),
    t:emit(present, Present),
    {ok, A2} = supervisor:restart_child(Sup, a),
    t:emit(restarted, A2 =:= whereis(a)),
    ok = supervisor:terminate_child(Sup, a),
    t:emit(delete, supervisor:delete_child(Sup, a)),
    t:emit(errors, [element(2, supervisor:F(Sup, a)) || F <- [terminate_child, restart_child, delete_child, get_childspec]]),
    {error, _} = supervisor:start_child(Sup, kid(b, starts(fun(_) -> fail end))),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

a_temporary_child_that_is_terminated_is_forgotten() ->
    Sup = started(#{}, [kid(a, #{restart => temporary}), kid(b, #{restart => transient})]),
    t:emit(terminate, [supervisor:terminate_child(Sup, Id) || Id <- [a, b]]),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

children_are_counted() ->
    Ignores = starts(fun(_) -> ignore end),
    Sup = started(#{}, [kid(a), kid(s, #{type => supervisor}), kid(i, Ignores), kid(b)]),
    ok = supervisor:terminate_child(Sup, b),
    Counts = supervisor:count_children(Sup),
    t:emit(counts, [proplists:get_value(What, Counts) || What <- [specs, active, supervisors, workers]]),
    t:emit(ended, stop(Sup)).

%% — dynamic children —

dynamic(Flags, Opts) ->
    Spec = maps:merge(#{id => kid, start => {?MODULE, start_dynamic, [self(), kid, Opts]}}, maps:with([restart, shutdown], Opts)),
    started(Flags#{strategy => simple_one_for_one}, [Spec]).

dynamic_children_are_known_by_their_pids() ->
    Sup = dynamic(#{}, #{}),
    t:emit(which, supervisor:which_children(Sup)),
    {ok, A} = supervisor:start_child(Sup, [[one]]),
    {ok, B} = supervisor:start_child(Sup, [[two]]),
    t:emit(which, lists:sort([Id || {Id, _, _, _} <- supervisor:which_children(Sup)]) =:= [undefined, undefined]),
    t:emit(pids, lists:sort([Pid || {_, Pid, _, _} <- supervisor:which_children(Sup)]) =:= lists:sort([A, B])),
    Counts = supervisor:count_children(Sup),
    t:emit(counts, [proplists:get_value(What, Counts) || What <- [specs, active, supervisors, workers]]),
    t:emit(terminate, supervisor:terminate_child(Sup, A)),
    t:emit(terminate_again, supervisor:terminate_child(Sup, A)),
    t:emit(stranger, element(2, supervisor:terminate_child(Sup, self()))),
    t:emit(by_id, [element(2, supervisor:F(Sup, kid)) || F <- [terminate_child, restart_child, delete_child]]),
    t:emit(left, [Pid || {_, Pid, _, _} <- supervisor:which_children(Sup)] =:= [B]),
    t:emit(ended, stop(Sup)).

a_dynamic_child_is_restarted_with_its_arguments() ->
    Sup = dynamic(#{intensity => 5}, #{}),
    {ok, A} = supervisor:start_child(Sup, [[one, two]]),
    {ok, B} = supervisor:start_child(Sup, [[three]]),
    exit(A, kill),
    t:dead(A),
    timer:sleep(2),
    Pids = [Pid || {_, Pid, _, _} <- supervisor:which_children(Sup)],
    t:emit(count, length(Pids)),
    t:emit(other_was_left_alone, lists:member(B, Pids)),
    t:emit(is_new, not lists:member(A, Pids)),
    t:emit(ended, stop(Sup)).

a_dynamic_child_that_does_not_start_leaves_no_trace() ->
    Sup = dynamic(#{}, starts(fun(1) -> fail; (2) -> ignore; (_) -> start end)),
    {error, Reason} = supervisor:start_child(Sup, [[]]),
    t:emit(failed, Reason),
    {ok, undefined} = supervisor:start_child(Sup, [[]]),
    t:emit(which, length(supervisor:which_children(Sup))),
    {ok, _} = supervisor:start_child(Sup, [[]]),
    t:emit(which, length(supervisor:which_children(Sup))),
    t:emit(ended, stop(Sup)).

dynamic_children_end_by_themselves() ->
    Sup = dynamic(#{}, #{restart => transient}),
    {ok, A} = supervisor:start_child(Sup, [[]]),
    A ! {exit, normal},
    t:dead(A),
    timer:sleep(2),
    t:emit(which, length(supervisor:which_children(Sup))),
    t:emit(ended, stop(Sup)).

dynamic_children_are_stopped_at_the_same_time() ->
    Sup = dynamic(#{}, #{end_ms => 60}),
    [{ok, _} = supervisor:start_child(Sup, [[]]) || _ <- lists:seq(1, 5)],
    Since = erlang:monotonic_time(millisecond),
    t:emit(ended, stop(Sup)),
    t:emit(at_once, t:elapsed(Since) < 200).

dynamic_children_share_one_time_limit() ->
    Sup = dynamic(#{}, #{end_ms => 400, shutdown => 40}),
    Refs = [begin {ok, Pid} = supervisor:start_child(Sup, [[]]), monitor(process, Pid) end || _ <- lists:seq(1, 4)],
    Since = erlang:monotonic_time(millisecond),
    t:emit(ended, stop(Sup)),
    t:emit(reasons, [receive {'DOWN', Ref, _, _, Reason} -> Reason end || Ref <- Refs]),
    t:emit(at_once, t:elapsed(Since) < 120).

%% — significant children —

significant(Auto) ->
    Opts = #{significant => true, restart => transient},
    started(#{auto_shutdown => Auto, intensity => 5}, [kid(x, Opts), kid(y, Opts), kid(z)]).

any_significant_child_that_ends_ends_the_supervisor() ->
    Sup = significant(any_significant),
    crash(Sup, y),
    ok = supervisor:terminate_child(Sup, x),
    t:emit(which, which(Sup)),
    whereis(y) ! {exit, normal},
    t:emit(ended, ended(Sup)).

all_significant_children_have_to_end() ->
    Sup = significant(all_significant),
    X = whereis(x),
    X ! {exit, {shutdown, done}},
    t:dead(X),
    timer:sleep(2),
    t:emit(which, which(Sup)),
    Z = whereis(z),
    crash(Sup, z),
    t:emit(z, Z =/= whereis(z)),
    whereis(y) ! {exit, normal},
    t:emit(ended, ended(Sup)).

a_temporary_significant_child_ends_it_even_by_a_crash() ->
    Sup = started(#{auto_shutdown => any_significant}, [kid(a), kid(x, #{significant => true, restart => temporary})]),
    exit(whereis(x), kill),
    t:emit(ended, ended(Sup)).

%% — what is none of its affairs —

the_end_of_the_parent_ends_it_for_the_same_reason() ->
    Main = self(),
    Specs = [kid(a), kid(b)],
    Parent = spawn(fun() ->
        {ok, Sup} = supervisor:start_link(?MODULE, {sup, #{}, Specs}),
        Main ! {sup, Sup},
        receive stop -> exit(odd) end
    end),
    Ref = receive {sup, Sup} -> monitor(process, Sup) end,
    Parent ! stop,
    t:emit(ended, receive {'DOWN', Ref, _, _, Reason} -> Reason end).

unknown_messages_are_ignored_unknown_calls_end_it() ->
    Sup = started(#{}, [kid(a)]),
    Sup ! rubbish,
    spawn(fun() -> exit(Sup, not_your_parent) end),
    timer:sleep(5),
    t:emit(which, which(Sup)),
    t:emit(call, try gen_server:call(Sup, what) catch exit:_ -> failed end),
    t:emit(ended, case ended(Sup) of {function_clause, _} -> crashed; Other -> Other end).

%% — code —

code_change_replaces_specifications_and_touches_no_child() ->
    process_flag(trap_exit, true),
    persistent_term:put(?MODULE, {#{}, [kid(a), kid(b, #{restart => transient}), kid(c)]}),
    {ok, Sup} = supervisor:start_link(?MODULE, stored),
    Pids = [whereis(Id) || Id <- [a, b, c]],
    persistent_term:put(?MODULE, {#{strategy => one_for_all}, [kid(c, #{restart => transient}), kid(d), kid(a)]}),
    {error, _} = sys:change_code(Sup, ?MODULE, undefined, extra),
    ok = sys:suspend(Sup),
    ok = sys:change_code(Sup, ?MODULE, undefined, extra),
    ok = sys:resume(Sup),
    persistent_term:erase(?MODULE),
    t:emit(same, Pids =:= [whereis(Id) || Id <- [a, b, c]]),
    t:emit(which, which(Sup)),
    {ok, #{restart := Restart}} = supervisor:get_childspec(Sup, c),
    t:emit(c, Restart),
    A = whereis(a),
    exit(whereis(c), kill),
    again(Sup, a, A),
    t:emit(which, which(Sup)),
    t:emit(ended, stop(Sup)).

%% — bridges —

a_bridge_stops_what_is_behind_it() ->
    process_flag(trap_exit, true),
    {ok, Bridge} = supervisor_bridge:start_link(?MODULE, {bridge, self()}),
    t:emit(ended, stop(Bridge)).

a_bridge_ends_with_what_is_behind_it() ->
    process_flag(trap_exit, true),
    {ok, Bridge} = supervisor_bridge:start_link(?MODULE, {bridge, self()}),
    {links, Links} = process_info(Bridge, links),
    [Pid] = Links -- [self()],
    Pid ! {exit, odd},
    t:emit(ended, ended(Bridge)).
