%% Applications that run on one of several nodes: who starts them, failover, takeover, permissions, stop. main is on none of the
%% nodes; it emits what the applications noted there.
-module(distributed_applications).
-compile(export_all).

-define(MS, 300).
%% Longer than a node takes to come back.
-define(LONG_MS, 3000).

%% The callback module, on the nodes.

start(Type, #{fails := Shorts} = Opts) ->
    case lists:member(trio:short(), Shorts) of
        %% Not before all were told to start it: one that is told later takes a failed start for one that went well.
        true -> timer:sleep(?MS), {error, no_luck};
        false -> start(Type, maps:remove(fails, Opts))
    end;
start(Type, #{name := Name}) ->
    note([start, Name, plain(Type)]),
    {ok, Top} = supervisor:start_link({local, Name}, ?MODULE, []),
    {ok, Top, Name}.

init([]) -> {ok, {#{intensity => 0}, []}}.
start_phase(Phase, Type, Name) -> note([phase, Phase, Name, plain(Type)]), ok.
prep_stop(Name) -> note([prep_stop, Name]), Name.
stop(Name) -> note([stop, Name]).

note(What) -> trio:note([trio:short() | What]).

plain({Why, Node}) -> [Why, trio:short(Node)];
plain(normal) -> normal.

%% Told to the nodes.

load(Name, Opts, Phases) ->
    ok = application:load({application, Name, [{mod, {?MODULE, Opts#{name => Name}}}, {applications, []} |
        case Phases of [] -> []; _ -> [{start_phases, [{Phase, Name} || Phase <- Phases]}] end]}).

outcome(ok) -> ok;
outcome({error, {Node, {Why, _}}}) when Why =:= no_luck -> [error, trio:short(Node), Why];
outcome({error, {no_luck, {?MODULE, start, _}}}) -> [error, no_luck];
outcome({error, {Why, _}}) -> [error, Why].

start_app(Name) -> outcome(application:start(Name)).
stop_app(Name) -> outcome(application:stop(Name)).
takeover(Name) -> outcome(application:takeover(Name, permanent)).
permit(Name, Bool) -> outcome(application:permit(Name, Bool)).
end_of(Name) -> exit(whereis(Name), kill).
runs(Name) -> lists:keymember(Name, 1, application:which_applications()).

%% Told by main.

load_all(Name) -> load_all(Name, #{}, []).
load_all(Name, Opts, Phases) -> trio:all(?MODULE, load, [Name, Opts, Phases]), ok.
start_all(Name) -> trio:all(?MODULE, start_app, [Name]).
load_on(Short, Name, Phases) -> trio:on(Short, ?MODULE, load, [Name, #{}, Phases]).
do(Short, Function, Args) -> trio:on(Short, ?MODULE, Function, Args).
running(Name) -> trio:all(?MODULE, runs, [Name]).

%% Scenarios.

the_first_of_the_list_runs_it() ->
    trio:open([{a, [n1, {n2, n3}]}]),
    load_all(a, #{}, [go]),
    t:emit(started, start_all(a)),
    t:emit(notes, trio:notes()),
    t:emit(running, running(a)),
    t:emit(again, start_all(a)),
    t:emit(nothing, trio:awaits(0)),
    trio:close().

of_equals_the_one_with_fewer_runs_it() ->
    trio:open([{a, ?MS, [{n2, n3}]}]),
    load_on(n2, busy, []),
    t:emit(busy, do(n2, start_app, [busy])),
    load_all(a),
    t:emit(started, start_all(a)),
    t:emit(notes, trio:notes()),
    t:emit(running, running(a)),
    trio:close().

a_start_that_fails_fails_everywhere() ->
    trio:open([{a, [n1, {n2, n3}]}]),
    load_all(a, #{fails => [n1]}, []),
    t:emit(started, start_all(a)),
    t:emit(notes, trio:awaits(0)),
    t:emit(running, running(a)),
    trio:close().

the_scenario_of_the_talk() ->
    trio:open([{a, ?MS, [n1, {n2, n3}]}]),
    load_all(a, #{}, [go]),
    t:emit(started, start_all(a)),
    t:emit(first, trio:awaits(2)),
    trio:kill(n1),
    t:emit(failover, trio:awaits(2)),
    trio:kill(n2),
    t:emit(second_failover, trio:awaits(2)),
    trio:boot(n1, []),
    load_on(n1, a, [go]),
    t:emit(returned, do(n1, start_app, [a])),
    t:emit(takeover, trio:awaits(4)),
    t:emit(running, running(a)),
    trio:close().

a_failover_waits_its_time() ->
    trio:open([{a, 2 * ?MS, [n1, n2, n3]}]),
    load_all(a),
    start_all(a),
    trio:awaits(1),
    Since = erlang:monotonic_time(millisecond),
    trio:kill(n1),
    timer:sleep(?MS),
    t:emit(not_yet, trio:notes()),
    t:emit(failover, trio:awaits(1)),
    t:emit(waited, t:elapsed(Since) >= 2 * ?MS),
    t:emit(running, running(a)),
    trio:close().

a_failover_that_fails_is_tried_by_nobody_else() ->
    trio:open([{a, ?MS, [n1, n2, n3]}]),
    load_all(a, #{fails => [n2]}, []),
    start_all(a),
    trio:awaits(1),
    trio:kill(n1),
    timer:sleep(4 * ?MS),
    t:emit(failover, trio:notes()),
    t:emit(running, running(a)),
    trio:close().

what_ends_by_itself_is_not_lost() ->
    trio:open([{a, ?MS, [n1, n2, n3]}]),
    load_all(a),
    start_all(a),
    trio:awaits(1),
    do(n1, end_of, [a]),
    t:emit(notes, trio:awaits(1)),
    timer:sleep(2 * ?MS),
    t:emit(nothing, trio:notes()),
    t:emit(running, running(a)),
    t:emit(started_again, do(n1, start_app, [a])),
    t:emit(there, trio:awaits(1)),
    trio:close().

a_node_that_stops_hands_over() ->
    trio:open([{a, ?MS, [n1, n2, n3]}]),
    load_all(a, #{}, [go]),
    start_all(a),
    trio:awaits(2),
    trio:halt(n1),
    t:emit(notes, trio:awaits(4)),
    trio:close().

back_in_time_it_runs_there_again() ->
    trio:open([{a, ?LONG_MS, [n1, {n2, n3}]}]),
    load_all(a, #{}, [go]),
    start_all(a),
    trio:awaits(2),
    Since = erlang:monotonic_time(millisecond),
    trio:kill(n1),
    trio:boot(n1, []),
    load_on(n1, a, [go]),
    t:emit(returned, do(n1, start_app, [a])),
    t:emit(in_time, t:elapsed(Since) < ?LONG_MS),
    t:emit(notes, trio:awaits(2)),
    timer:sleep(max(0, ?LONG_MS + ?MS - t:elapsed(Since))),
    t:emit(later, trio:notes()),
    t:emit(running, running(a)),
    trio:close().

an_equal_node_takes_nothing_over() ->
    trio:open([{a, ?MS, [{n1, n2}]}]),
    load_all(a),
    start_all(a),
    t:emit(first, trio:awaits(1)),
    trio:kill(n1),
    t:emit(failover, trio:awaits(1)),
    trio:boot(n1, []),
    load_on(n1, a, []),
    t:emit(returned, do(n1, start_app, [a])),
    t:emit(nothing, trio:awaits(0)),
    t:emit(running, running(a)),
    trio:close().

a_node_that_begins_late_takes_over() ->
    trio:open([{a, ?MS, [n1, n2]}], #{without => [n1]}),
    load_all(a),
    t:emit(started, start_all(a)),
    t:emit(first, trio:awaits(1)),
    trio:boot(n1, []),
    load_on(n1, a, []),
    t:emit(late, do(n1, start_app, [a])),
    t:emit(takeover, trio:awaits(3)),
    t:emit(again, do(n1, start_app, [a])),
    t:emit(running, running(a)),
    trio:close().

it_is_taken_over_by_hand() ->
    trio:open([{a, ?MS, [n1, n2, n3]}]),
    load_all(a, #{}, [go]),
    t:emit(not_running, do(n2, takeover, [a])),
    start_all(a),
    trio:awaits(2),
    t:emit(own, do(n1, takeover, [a])),
    t:emit(taken, do(n3, takeover, [a])),
    t:emit(notes, trio:awaits(4)),
    t:emit(running, running(a)),
    trio:kill(n3),
    t:emit(failover, trio:awaits(2)),
    trio:close().

a_permission_that_is_taken_moves_it() ->
    trio:open([{a, ?MS, [n1, n2, n3]}]),
    load_all(a),
    start_all(a),
    trio:awaits(1),
    t:emit(elsewhere, do(n2, permit, [a, false])),
    t:emit(nothing, trio:awaits(0)),
    t:emit(taken, do(n1, permit, [a, false])),
    t:emit(moved, trio:awaits(3)),
    t:emit(given, do(n1, permit, [a, true])),
    t:emit(back, trio:awaits(3)),
    t:emit(running, running(a)),
    trio:close().

the_last_permission_stops_it() ->
    trio:open([{a, ?MS, [n1, n2]}], #{without => [n3]}),
    load_all(a),
    start_all(a),
    trio:awaits(1),
    do(n2, permit, [a, false]),
    t:emit(taken, do(n1, permit, [a, false])),
    t:emit(stopped, trio:awaits(2)),
    t:emit(running, running(a)),
    t:emit(given, do(n2, permit, [a, true])),
    t:emit(there, trio:awaits(1)),
    t:emit(running_again, running(a)),
    trio:close().

without_permission_a_start_waits() ->
    No = [{permissions, [{a, false}]}],
    trio:open([{a, ?MS, [n1, n2]}], #{n1 => No, n2 => No, n3 => No}),
    load_all(a),
    t:emit(started, start_all(a)),
    t:emit(nothing, trio:awaits(0)),
    t:emit(given, do(n2, permit, [a, true])),
    t:emit(there, trio:awaits(1)),
    t:emit(running, running(a)),
    trio:close().

a_lost_node_without_permission_elsewhere_ends_it() ->
    trio:open([{a, ?MS, [n1, n2]}], #{n2 => [{permissions, [{a, false}]}]}),
    load_all(a),
    start_all(a),
    trio:awaits(1),
    trio:kill(n1),
    timer:sleep(2 * ?MS),
    t:emit(nothing, trio:notes()),
    t:emit(given, do(n2, permit, [a, true])),
    t:emit(there, trio:awaits(1)),
    trio:close().

a_stop_is_for_the_node_that_it_is_called_on() ->
    trio:open([{a, ?MS, [n1, n2, n3]}]),
    load_all(a),
    start_all(a),
    trio:awaits(1),
    t:emit(elsewhere, do(n3, stop_app, [a])),
    t:emit(untouched, trio:awaits(0)),
    t:emit(here, do(n1, stop_app, [a])),
    t:emit(notes, trio:awaits(2)),
    timer:sleep(2 * ?MS),
    t:emit(nothing, trio:notes()),
    t:emit(running, running(a)),
    t:emit(started_again, do(n1, start_app, [a])),
    t:emit(there, trio:awaits(1)),
    trio:close().

who_stopped_it_takes_no_part() ->
    trio:open([{a, ?MS, [n1, n2, n3]}]),
    load_all(a),
    start_all(a),
    trio:awaits(1),
    t:emit(stopped, do(n2, stop_app, [a])),
    trio:kill(n1),
    timer:sleep(2 * ?MS),
    t:emit(failover, trio:notes()),
    t:emit(running, running(a)),
    t:emit(started_again, do(n2, start_app, [a])),
    t:emit(there, trio:awaits(1)),
    trio:close().

stopped_everywhere_it_stays_so() ->
    trio:open([{a, ?MS, [n1, n2, n3]}]),
    load_all(a),
    start_all(a),
    trio:awaits(1),
    t:emit(stopped, trio:all(?MODULE, stop_app, [a])),
    t:emit(notes, trio:awaits(2)),
    trio:kill(n1),
    timer:sleep(2 * ?MS),
    t:emit(nothing, trio:notes()),
    t:emit(running, running(a)),
    trio:close().

a_mandatory_node_must_be_there() ->
    trio:open([{a, ?MS, [n1, n2]}], #{without => [n1, n3]}),
    Needs = [{sync_nodes_mandatory, [trio:name(n2)]}, {sync_nodes_optional, none}],
    t:emit(there, trio:boots(n1, Needs)),
    trio:kill(n2),
    t:emit(missing, trio:boots(n3, Needs)),
    trio:close().

an_optional_node_may_be_missing() ->
    trio:open([{a, ?MS, [n1, n2]}], #{without => [n2, n3]}),
    load_all(a),
    t:emit(started, start_all(a)),
    t:emit(notes, trio:notes()),
    trio:close().

both_sides_of_a_partition_run_it() ->
    trio:open([{a, ?MS, [n1, n2]}], #{without => [n3]}),
    load_all(a, #{}, [go]),
    start_all(a),
    trio:awaits(2),
    trio:cut(n1, n2),
    t:emit(failover, trio:awaits(2)),
    t:emit(both, running(a)),
    trio:heal(n1, n2),
    timer:sleep(3 * ?MS),
    t:emit(healed, trio:notes()),
    t:emit(running, running(a)),
    trio:close().

tables_must_be_equal() ->
    trio:open([{a, ?MS, [n1, n2]}], #{without => [n3], n2 => [{distributed, [{a, ?MS, [trio:name(n2), trio:name(n1)]}]}]}),
    load_on(n1, a, []),
    catch load_on(n2, a, []),
    true = trio:until(fun() -> trio:on(n1, erlang, nodes, []) =:= [] end),
    t:emit(first, do(n1, start_app, [a])),
    t:emit(second, try do(n2, start_app, [a]) catch _:_ -> down end),
    t:emit(notes, trio:awaits(1)),
    trio:close().
