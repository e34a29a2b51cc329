%% Nodes that come and go, and who is told.
-module(nodes).
-compile(export_all).

nodeup_comes_first_and_nodedown_last() ->
    net_kernel:monitor_nodes(true),
    A = t:label(a, peers:begin_at(b, {greeter, [self(), [one, two]]})),
    B = peers:name(b),
    tell(), t:emit(listed, lists:member(B, nodes())),
    tell(), tell(),
    monitor(process, A),
    peers:cut(b),
    tell(), tell(),
    t:emit(listed, lists:member(B, nodes())),
    peers:connect(b),
    tell(),
    t:emit(then, t:quiet()).

%% The next message, as far as it is the same in every run.
tell() ->
    receive
        {'DOWN', _, process, _, Reason} -> t:emit(down, Reason);
        {What, Node} -> t:emit(What, Node);
        Text -> t:emit(message, Text)
    end.

each_subscription_is_told() ->
    net_kernel:monitor_nodes(true),
    net_kernel:monitor_nodes(true),
    peers:connect(b),
    tell(), tell(),
    peers:cut(b),
    tell(), tell(),
    net_kernel:monitor_nodes(false),
    net_kernel:monitor_nodes(false),
    peers:connect(b),
    t:emit(then, t:quiet()).

hidden_nodes_are_no_members() ->
    net_kernel:monitor_nodes(true),
    A = t:label(a, peers:begin_at(h, {echo, []})),
    peers:connect(h),
    t:emit(pong, t:ping(A)),
    peers:connect(b),
    tell(),
    t:emit(nodes, nodes()),
    t:emit(hidden, nodes(hidden)),
    t:emit(connected, lists:sort(nodes(connected))),
    peers:cut(h),
    t:emit(then, t:quiet()).

a_pid_of_an_earlier_life_reaches_nobody() ->
    Old = t:label(old, peers:begin_at(o, {remembering, [[]]})),
    peers:connect(o),
    Old ! {ask, self()},
    receive {seen, First} -> t:emit(first, First) end,
    peers:cut(o),
    peers:restart(o),
    New = t:label(new, peers:begin_at(o, {remembering, [[]]})),
    peers:connect(o),
    Old ! for_the_old_one,
    exit(Old, kill),
    Ref = monitor(process, Old),
    receive {'DOWN', Ref, process, Old, Reason} -> t:emit(down, Reason) end,
    New ! {ask, self()},
    receive {seen, Second} -> t:emit(second, Second) end.
