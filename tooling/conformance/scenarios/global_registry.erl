%% Names and locks for all nodes, as global(3) has them, on d, e and f. The judge is connected to none of them.
-module(global_registry).
-compile(export_all).

a_name_is_known_on_all_nodes_at_once() ->
    mesh(),
    A = t:label(a, actor(e)),
    t:emit(registered, register_at(d, one, A)),
    t:emit(known, [whereis_at(Short, one) =:= A || Short <- [d, e, f]]),
    B = t:label(b, actor(f)),
    t:emit(taken, register_at(f, one, B)),
    t:emit(names, [peers:call(Short, global, registered_names, []) || Short <- [d, f]]),
    peers:call(f, global, send, [one, hello]),
    t:emit(sent, peers:until(fun() -> seen(e, A) =:= [hello] end)),
    t:emit(unregister, peers:call(f, global, unregister_name, [one])),
    t:emit(unknown, [whereis_at(Short, one) || Short <- [d, e, f]]),
    t:emit(send, case peers:call(d, ?MODULE, try_send, [one, hello]) of {badarg, _} -> badarg; Else -> Else end),
    t:emit(free, register_at(f, one, B)).

a_process_has_one_name() ->
    mesh(),
    A = t:label(a, actor(d)),
    t:emit(one, register_at(e, one, A)),
    t:emit(two, register_at(f, two, A)),
    t:emit(unknown, whereis_at(d, two)),
    peers:call(f, global, unregister_name, [one]),
    t:emit(two, register_at(f, two, A)).

the_same_name_again() ->
    mesh(),
    A = t:label(a, actor(f)),
    t:emit(first, register_at(e, one, A)),
    t:emit(again, register_at(f, one, A)),
    t:emit(known, [whereis_at(Short, one) =:= A || Short <- [d, e, f]]).

a_name_goes_over_to_another_process() ->
    mesh(),
    A = t:label(a, actor(d)), B = t:label(b, actor(e)),
    t:emit(registered, register_at(d, one, A)),
    t:emit(over, peers:call(f, global, re_register_name, [one, B]) =:= yes),
    t:emit(known, [whereis_at(Short, one) =:= B || Short <- [d, e, f]]),
    t:emit(lives, peers:call(d, erlang, is_process_alive, [A])),
    peers:call(d, erlang, exit, [A, kill]),
    t:emit(stays, whereis_at(f, one) =:= B),
    t:emit(new, peers:call(d, global, re_register_name, [two, t:label(c, actor(f))]) =:= yes).

all_want_one_name() ->
    mesh(),
    Pids = [{Short, t:label(Label, actor(Short))} || {Short, Label} <- [{d, a}, {e, b}, {f, c}]],
    Self = self(),
    [spawn(fun() -> Self ! {Pid, register_at(Short, one, Pid)} end) || {Short, Pid} <- Pids],
    Answers = [receive {Pid, Answer} -> {Pid, Answer} end || {_, Pid} <- Pids],
    Winners = [Pid || {Pid, true} <- Answers],
    t:emit(winners, length(Winners)),
    t:emit(known, [[whereis_at(Short, one)] =:= Winners || Short <- [d, e, f]]).

names_of_nodes_that_died_are_gone() ->
    mesh(),
    Far = [{e, actor(e)}, {f, actor(f)}, {e, actor(e)}, {f, actor(f)}],
    [true = register_at(d, {far, I}, Pid) || {I, {_, Pid}} <- lists:zip([1, 2, 3, 4], Far)],
    A = t:label(a, actor(d)),
    t:emit(near, register_at(e, near, A)),
    [{_, Holder} | _] = Far,
    t:emit(lock, do(e, Holder, global, set_lock, [{thing, me}])),
    peers:restart(e), peers:restart(f),
    t:emit(gone, peers:until(fun() -> peers:call(d, global, registered_names, []) =:= [near] end)),
    t:emit(lock_is_free, do(d, A, global, set_lock, [{thing, other}, [node_of(d)], 0])),
    mesh(),
    t:emit(told, [whereis_at(Short, near) =:= A || Short <- [e, f]]).

those_who_come_know_after_a_sync() ->
    A = t:label(a, actor(d)),
    t:emit(registered, register_at(d, one, A)),
    t:emit(before, whereis_at(e, one)),
    peers:call(e, net_kernel, connect_node, [peers:name(d)]),
    peers:call(e, global, sync, []),
    t:emit(synced, whereis_at(e, one) =:= A).

hidden_nodes_are_outside() ->
    mesh([d, e]),
    peers:call(h, net_kernel, connect_node, [peers:name(d)]),
    A = t:label(a, actor(d)), H = t:label(h, actor(h)),
    t:emit(inside, register_at(d, one, A)),
    t:emit(unknown, whereis_at(h, one)),
    t:emit(outside, register_at(h, one, H)),
    t:emit(own, whereis_at(h, one)),
    t:emit(still, [whereis_at(Short, one) =:= A || Short <- [d, e]]).

locks_are_counted_by_their_requester() ->
    mesh(),
    A = actor(d), B = actor(e), C = actor(f),
    Set = fun(Short, Pid, Who) -> do(Short, Pid, global, set_lock, [{thing, Who}, nodes_of([d, e, f]), 0]) end,
    Del = fun(Short, Pid, Who) -> do(Short, Pid, global, del_lock, [{thing, Who}, nodes_of([d, e, f])]) end,
    t:emit(set, Set(d, A, one)),
    t:emit(other, Set(e, B, two)),
    t:emit(again, Set(d, A, one)),
    t:emit(same_requester, Set(f, C, one)),
    t:emit(other_thing, do(e, B, global, set_lock, [{another, two}, nodes_of([d, e, f]), 0])),
    Del(d, A, one),
    t:emit(held, Set(e, B, two)),
    Del(d, A, one), Del(f, C, one),
    t:emit(free, peers:until(fun() -> Set(e, B, two) end)).

locks_end_with_their_holder() ->
    mesh(),
    A = actor(d), B = actor(e), C = actor(f),
    Set = fun(Short, Pid, Who) -> do(Short, Pid, global, set_lock, [{thing, Who}, nodes_of([d, e]), 0]) end,
    t:emit(set, Set(d, A, one)),
    t:emit(other, Set(e, B, two)),
    peers:call(d, erlang, exit, [A, kill]),
    t:emit(free, peers:until(fun() -> Set(e, B, two) end)),
    peers:call(e, erlang, exit, [B, kill]),
    t:emit(set_far, peers:until(fun() -> Set(f, C, three) end)),
    D = actor(d),
    t:emit(far_holds, Set(d, D, one)),
    [peers:call(f, erlang, disconnect_node, [peers:name(Short)]) || Short <- [d, e]],
    t:emit(lost, peers:until(fun() -> Set(d, D, one) end)).

a_transaction_has_the_lock() ->
    mesh(),
    A = actor(d), B = actor(e),
    t:emit(result, do(d, A, global, trans, [{thing, one}, fun() -> done end, nodes_of([d, e])])),
    true = do(d, A, global, set_lock, [{thing, one}, nodes_of([d, e]), 0]),
    t:emit(aborted, do(e, B, global, trans, [{thing, two}, fun() -> done end, nodes_of([d, e]), 0])),
    do(d, A, global, del_lock, [{thing, one}, nodes_of([d, e])]),
    t:emit(then, peers:until(fun() -> do(e, B, global, trans, [{thing, two}, fun() -> done end, nodes_of([d, e]), 0]) =:= done end)),
    t:emit(threw, do(e, B, ?MODULE, trans_that_throws, [nodes_of([d, e])])),
    t:emit(given_back, peers:until(fun() -> do(d, A, global, set_lock, [{thing, one}, nodes_of([d, e]), 0]) end)).

a_resolve_function_decides_once() ->
    A = t:label(a, actor(d)), B = t:label(b, actor(e)),
    [peers:call(Short, persistent_term, put, [resolved, 0]) || Short <- [d, e]],
    Resolve = fun ?MODULE:on_d/3,
    t:emit(at_d, peers:call(d, global, register_name, [one, A, Resolve]) =:= yes),
    t:emit(at_e, peers:call(e, global, register_name, [one, B, Resolve]) =:= yes),
    mesh([d, e]),
    t:emit(same, peers:until(fun() -> whereis_at(d, one) =:= A andalso whereis_at(e, one) =:= A end)),
    t:emit(times, peers:call(d, persistent_term, get, [resolved]) + peers:call(e, persistent_term, get, [resolved])),
    t:emit(both_live, [peers:call(d, erlang, is_process_alive, [A]), peers:call(e, erlang, is_process_alive, [B])]).

a_name_that_no_one_is_to_have() ->
    A = t:label(a, actor(d)), B = t:label(b, actor(e)),
    peers:call(d, global, register_name, [one, A, fun ?MODULE:none/3]),
    peers:call(e, global, register_name, [one, B, fun ?MODULE:none/3]),
    mesh([d, e]),
    t:emit(nobody, peers:until(fun() -> whereis_at(d, one) =:= undefined andalso whereis_at(e, one) =:= undefined end)),
    t:emit(both_live, [peers:call(d, erlang, is_process_alive, [A]), peers:call(e, erlang, is_process_alive, [B])]).

a_resolve_function_that_crashes() ->
    A = t:label(a, actor(d)), B = t:label(b, actor(e)),
    peers:call(d, global, register_name, [one, A, fun ?MODULE:crash/3]),
    peers:call(e, global, register_name, [one, B, fun ?MODULE:crash/3]),
    mesh([d, e]),
    peers:until(fun() -> whereis_at(d, one) =:= undefined andalso whereis_at(e, one) =:= undefined end, 60),
    t:emit(at_d, whereis_at(d, one)),
    t:emit(at_e, whereis_at(e, one)),
    t:emit(both_live, [peers:call(d, erlang, is_process_alive, [A]), peers:call(e, erlang, is_process_alive, [B])]).

a_resolve_function_that_gives_something_else() ->
    A = t:label(a, actor(d)), B = t:label(b, actor(e)),
    peers:call(d, global, register_name, [one, A, fun ?MODULE:something/3]),
    peers:call(e, global, register_name, [one, B, fun ?MODULE:something/3]),
    mesh([d, e]),
    t:emit(nobody, peers:until(fun() -> whereis_at(d, one) =:= undefined andalso whereis_at(e, one) =:= undefined end)),
    t:emit(both_live, [peers:call(d, erlang, is_process_alive, [A]), peers:call(e, erlang, is_process_alive, [B])]).

the_loser_is_told() ->
    A = t:label(a, actor(d)), B = t:label(b, actor(e)),
    Resolve = fun global:random_notify_name/3,
    peers:call(d, global, register_name, [one, A, Resolve]),
    peers:call(e, global, register_name, [one, B, Resolve]),
    mesh([d, e]),
    Told = fun() -> [Pid || {Short, Pid} <- [{d, A}, {e, B}], seen(Short, Pid) =:= [[global_name_conflict, one]]] end,
    t:emit(told, peers:until(fun() -> length(Told()) =:= 1 end)),
    [Loser] = Told(),
    t:emit(same, peers:until(fun() -> whereis_at(d, one) =:= whereis_at(e, one) andalso is_pid(whereis_at(d, one)) end)),
    t:emit(the_other_has_it, whereis_at(d, one) =/= Loser),
    t:emit(both_live, [peers:call(d, erlang, is_process_alive, [A]), peers:call(e, erlang, is_process_alive, [B])]).

both_are_told() ->
    A = t:label(a, actor(d)), B = t:label(b, actor(e)),
    Resolve = fun global:notify_all_name/3,
    peers:call(d, global, register_name, [one, A, Resolve]),
    peers:call(e, global, register_name, [one, B, Resolve]),
    mesh([d, e]),
    t:emit(nobody, peers:until(fun() -> whereis_at(d, one) =:= undefined andalso whereis_at(e, one) =:= undefined end)),
    t:emit(at_d, peers:until(fun() -> seen(d, A) =:= [[global_name_conflict, one, B]] end)),
    t:emit(at_e, peers:until(fun() -> seen(e, B) =:= [[global_name_conflict, one, A]] end)).

%% With prevent_overlapping_partitions as it is by default: these nodes are the scenario's own.
a_lost_connection_of_two_and_the_third() ->
    Nodes = [{_, P1}, {N2, P2}, {N3, P3}] = pmap(fun(I) -> start_own(I) end, [1, 2, 3]),
    [peer:call(P, net_kernel, connect_node, [N]) || {_, P} <- Nodes, {N, _} <- Nodes],
    t:emit(meshed, peers:until(fun() -> [length(peer:call(P, erlang, nodes, [])) || {_, P} <- Nodes] =:= [2, 2, 2] end)),
    [peer:call(P, global, sync, []) || {_, P} <- Nodes],
    peer:call(P1, erlang, disconnect_node, [N2]),
    peers:until(fun() -> [length(peer:call(P, erlang, nodes, [])) || P <- [P1, P2, P3]] =:= [0, 0, 0] end, 200),
    t:emit(of_the_third, length(peer:call(P3, erlang, nodes, []))),
    t:emit(of_the_first, length(peer:call(P1, erlang, nodes, []))),
    peer:call(P1, net_kernel, connect_node, [N2]),
    peers:until(fun() -> lists:member(N2, peer:call(P1, erlang, nodes, [])) end),
    t:emit(again, peer:call(P1, erlang, nodes, []) =:= [N2]),
    [peer:stop(P) || {_, P} <- Nodes],
    N3.

start_own(I) ->
    {ok, [[Port]]} = init:get_argument(erl_epmd_port),
    Host = "127.0.3." ++ integer_to_list(I),
    Args = ["-start_epmd", "false", "-erl_epmd_port", Port, "-setcookie", "own", "-kernel", "inet_dist_use_interface",
            "{127,0,3," ++ integer_to_list(I) ++ "}"],
    {ok, Peer, Node} = peer:start(#{name => "p" ++ integer_to_list(I), host => Host, connection => standard_io, args => Args}),
    ok = peer:call(Peer, logger, remove_handler, [default]),
    {Node, Peer}.

pmap(Fun, List) ->
    Self = self(),
    Refs = [begin Ref = make_ref(), spawn(fun() -> Self ! {Ref, Fun(X)}, receive never -> ok end end), Ref end || X <- List],
    [receive {Ref, Result} -> Result end || Ref <- Refs].

%% Resolve functions, which run on one of the peers.
on_d(_, A, B) ->
    persistent_term:put(resolved, persistent_term:get(resolved, 0) + 1),
    [Chosen] = [Pid || Pid <- [A, B], node(Pid) =:= peers:name(d)],
    Chosen.
none(_, _, _) -> none.
something(_, _, _) -> something.
crash(_, _, _) -> error(broken).

trans_that_throws(Nodes) ->
    try global:trans({thing, two}, fun() -> throw(enough) end, Nodes) catch throw:What -> What end.

try_send(Name, Message) ->
    try global:send(Name, Message) catch exit:Reason -> Reason end.

%% A process that does as it is told, and keeps what else it gets.
actor(Short) -> act_at(Short).
act_at(Short) ->
    Pid = peers:call(Short, erlang, spawn, [?MODULE, act, [[]]]),
    peers:call(Short, persistent_term, put, [made, [Pid | peers:call(Short, persistent_term, get, [made, []])]]),
    Pid.

act(Seen) ->
    receive
        {do, From, Ref, {M, F, A}} -> From ! {Ref, apply(M, F, A)}, act(Seen);
        {seen, From, Ref} -> From ! {Ref, lists:reverse(Seen)}, act(Seen);
        Message when is_tuple(Message) -> act([tuple_to_list(Message) | Seen]);
        Message -> act([Message | Seen])
    end.

do(Short, Pid, M, F, A) -> peers:call(Short, ?MODULE, ask, [Pid, fun(Ref) -> {do, self(), Ref, {M, F, A}} end]).
seen(Short, Pid) -> peers:call(Short, ?MODULE, ask, [Pid, fun(Ref) -> {seen, self(), Ref} end]).

ask(Pid, Question) ->
    Ref = make_ref(),
    Pid ! Question(Ref),
    receive {Ref, Answer} -> Answer end.

mesh() -> mesh([d, e, f]).
mesh([First | Others] = All) ->
    [peers:call(First, net_kernel, connect_node, [peers:name(Short)]) || Short <- Others],
    peers:until(fun() -> [length(peers:call(Short, erlang, nodes, [])) || Short <- All] =:= [length(Others) || _ <- All] end),
    [peers:call(Short, global, sync, []) || Short <- All],
    ok.

register_at(Short, Name, Pid) -> peers:call(Short, global, register_name, [Name, Pid]) =:= yes.
whereis_at(Short, Name) -> peers:call(Short, global, whereis_name, [Name]).
node_of(Short) -> peers:name(Short).
nodes_of(Shorts) -> [peers:name(Short) || Short <- Shorts].
