%% Who connects to whom, who may, and who is told of one node or of all.
-module(membership).
-compile(export_all).

what_is_sent_connects() ->
    A = t:label(a, peers:begin_at(b, {echo, []})),
    t:emit(before, nodes()),
    t:emit(pong, t:ping(A)),
    t:emit(then, nodes()).

never_by_itself() ->
    application:set_env(kernel, dist_auto_connect, never),
    A = t:label(a, peers:begin_at(b, {echo, []})),
    A ! {ping, self()},
    t:emit(ping, t:quiet()),
    monitor(process, A),
    t:emit(down, down()),
    monitor_node(peers:name(b), true),
    t:emit(nodedown, nodedown()),
    peers:connect(b),
    t:emit(pong, t:ping(A)),
    application:unset_env(kernel, dist_auto_connect).

once_and_not_again() ->
    application:set_env(kernel, dist_auto_connect, once),
    A = t:label(a, peers:begin_at(b, {echo, []})),
    t:emit(first, t:ping(A)),
    peers:cut(b),
    A ! {ping, self()},
    t:emit(ping, t:quiet()),
    monitor(process, A),
    t:emit(down, down()),
    peers:connect(b),
    t:emit(pong, t:ping(A)),
    application:unset_env(kernel, dist_auto_connect).

neighbours_of_neighbours_connect() ->
    D = peers:name(d), F = peers:name(f),
    peers:call(e, net_kernel, connect_node, [D]),
    peers:call(e, net_kernel, connect_node, [F]),
    t:emit(meshed, peers:until(fun() -> lists:member(F, peers:call(d, erlang, nodes, [])) end)),
    t:emit(both_ways, peers:until(fun() -> lists:member(D, peers:call(f, erlang, nodes, [])) end)).

not_those_that_do_not_want_to() ->
    D = peers:name(d), E = peers:name(e),
    peers:call(d, net_kernel, connect_node, [E]),
    peers:call(o, net_kernel, connect_node, [D]),
    peers:until(fun() -> peers:call(d, erlang, nodes, []) =/= [E] end),
    timer:sleep(100),
    t:emit(at_o, length(peers:call(o, erlang, nodes, []))),
    t:emit(at_e, length(peers:call(e, erlang, nodes, []))).

nodes_of_each_kind() ->
    B = peers:connect(b),
    H = peers:connect(h),
    t:emit(this, nodes(this) =:= [node()]),
    t:emit(visible, nodes(visible) =:= [B]),
    t:emit(hidden, nodes(hidden) =:= [H]),
    t:emit(seen_by_h, [peers:call(h, erlang, nodes, []), peers:call(h, erlang, nodes, [hidden]) =:= [node()]]),
    peers:cut(b),
    t:emit(connected, nodes(connected) =:= [H]),
    t:emit(known, [lists:member(Node, nodes(known)) || Node <- [node(), B, H]]).

a_cookie_for_two() ->
    B = peers:name(b), O = peers:name(o),
    Usual = erlang:get_cookie(),
    erlang:set_cookie(B, secret_of_two),
    t:emit(differ, net_kernel:connect_node(B)),
    t:emit(from_there, peers:call(b, net_kernel, connect_node, [node()])),
    t:emit(others, net_kernel:connect_node(O)),
    peers:call(b, erlang, set_cookie, [node(), secret_of_two]),
    t:emit(same, net_kernel:connect_node(B)),
    t:emit(own, erlang:get_cookie() =:= Usual),
    %% A connection that stands has proven the cookie of its time.
    erlang:set_cookie(B, another_secret),
    t:emit(stands, lists:member(B, nodes())),
    erlang:set_cookie(B, Usual),
    peers:call(b, erlang, set_cookie, [node(), Usual]).

one_node_is_monitored_by_name() ->
    B = peers:connect(b),
    [monitor_node(B, true) || _ <- [1, 2, 3]],
    monitor_node(B, false),
    peers:cut(b),
    t:emit(nodedown, nodedown()),
    t:emit(nodedown, nodedown()),
    t:emit(then, t:quiet()),
    peers:connect(b),
    peers:cut(b),
    t:emit(then, t:quiet()).

a_monitor_of_a_node_that_is_not_there_ends_at_once() ->
    Since = erlang:monotonic_time(millisecond),
    monitor_node('nowhere@127.0.0.9', true),
    t:emit(nodedown, nodedown()),
    t:emit(at_once, t:elapsed(Since) < 1000),
    monitor_node(node(), true),
    t:emit(then, t:quiet()).

a_monitor_of_a_node_connects() ->
    monitor_node(peers:name(b), true),
    t:emit(connected, peers:until(fun() -> nodes() =:= [peers:name(b)] end)),
    t:emit(then, t:quiet()).

subscriptions_are_counted_by_their_options() ->
    All = [{node_type, all}],
    net_kernel:monitor_nodes(true, All),
    net_kernel:monitor_nodes(true, All),
    peers:connect(h),
    tell(), tell(),
    peers:connect(b),
    tell(), tell(),
    t:emit(then, t:quiet()),
    net_kernel:monitor_nodes(true, [{node_type, hidden}]),
    net_kernel:monitor_nodes(false, All),
    peers:cut(h),
    tell(),
    t:emit(then, t:quiet()).

a_connection_has_a_number() ->
    net_kernel:monitor_nodes(true, [connection_id]),
    [First, Gone, Second] = [begin Do(), number() end || Do <- [
        fun() -> peers:connect(b) end, fun() -> peers:cut(b) end, fun() -> peers:connect(b) end]],
    t:emit(the_same, First =:= Gone),
    t:emit(another, First =/= Second).

why_a_node_went() ->
    net_kernel:monitor_nodes(true, [nodedown_reason]),
    peers:connect(b),
    receive {nodeup, _, _} -> ok end,
    peers:cut(b),
    t:emit(we_did, why()),
    peers:connect(b),
    receive {nodeup, _, _} -> ok end,
    peers:call(b, erlang, disconnect_node, [node()]),
    t:emit(it_did, why()).

nodedown_comes_after_all_that_went_with_the_node() ->
    process_flag(trap_exit, true),
    A = t:label(a, peers:begin_at(b, {remembering, [[]]})),
    B = peers:connect(b),
    monitor_node(B, true),
    net_kernel:monitor_nodes(true, [{node_type, visible}]),
    A ! {link, self()},
    receive linked -> ok end,
    monitor(process, A),
    peers:cut(b),
    t:emit(first, lists:sort([kind(), kind(), kind()])),
    t:emit(last, kind()),
    t:emit(listed, lists:member(B, nodes())).

processes_on_a_node_that_is_not_there() ->
    process_flag(trap_exit, true),
    Far = 'nowhere@127.0.0.9',
    {_, Ref} = spawn_monitor(Far, lists, seq, [1, 2]),
    t:emit(spawn_monitor, receive {'DOWN', Ref, process, _, Reason} -> Reason end),
    Pid = spawn_link(Far, lists, seq, [1, 2]),
    t:emit(spawn_link, receive {'EXIT', Pid, Why} -> Why end),
    Asked = spawn_request(Far, lists, seq, [1, 2], []),
    t:emit(spawn_request, receive {spawn_reply, Asked, error, No} -> No end),
    t:emit(then, t:quiet()).

signals_to_a_node_that_is_not_there() ->
    process_flag(trap_exit, true),
    Name = <<"nowhere@127.0.0.9">>,
    Pid = binary_to_term(<<131, 88, 119, (byte_size(Name)), Name/binary, 5:32, 0:32, 7:32>>),
    t:emit(linked, link(Pid)),
    t:emit(exit, receive {'EXIT', Pid, Reason} -> Reason end),
    monitor(process, Pid),
    t:emit(down, down()),
    t:emit(killed, exit(Pid, kill)),
    t:emit(unlinked, unlink(Pid)),
    Pid ! hello,
    t:emit(then, t:quiet()).

names_that_nobody_has() ->
    B = peers:connect(b),
    {nobody, B} ! hello,
    Ref = monitor(process, {nobody, B}),
    receive {'DOWN', Ref, process, {Name, Node}, Reason} -> t:emit(down, [Name, Node =:= B, Reason]) end,
    t:emit(then, t:quiet()).

%% What is the same in every run.
down() -> receive {'DOWN', _, process, _, Reason} -> Reason end.
nodedown() -> receive {nodedown, Node} -> Node end.
number() -> receive {_, _, [{connection_id, Number}]} -> Number end.
why() -> receive {nodedown, _, [{nodedown_reason, Reason}]} -> Reason end.
kind() ->
    receive
        {'DOWN', _, _, _, _} -> down;
        {'EXIT', _, _} -> exit;
        {nodedown, _} -> nodedown;
        {nodedown, _, _} -> watched
    end.
tell() -> receive {What, Node, [{node_type, Type}]} -> t:emit(What, [Node, Type]) end.
