%% Ports: what their owner asks for and gets, and how they end. Connections over loopback stand for all of them.
-module(ports).
-compile(export_all).

%% A connection in packets with headers of so many bytes: its two ends, passive ports of the caller.
pair(Header) ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {packet, Header}, {active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, Number} = inet:port(Listener),
    {ok, Peer} = gen_tcp:connect({127, 0, 0, 1}, Number, [binary, {packet, Header}, {active, false}, {nodelay, true}]),
    {ok, Port} = gen_tcp:accept(Listener),
    gen_tcp:close(Listener),
    {Port, Peer}.

ask(Port, Active) -> raised(inet:setopts(Port, [{active, Active}])).

send(Peer, Words) -> [ok = gen_tcp:send(Peer, Word) || Word <- Words].

%% What a port tells, as a list of words.
told(Ms) ->
    receive
        {tcp, _, Data} -> [Data | told(Ms)];
        {tcp_closed, _} -> [closed | told(Ms)];
        {tcp_passive, _} -> [passive | told(Ms)];
        {tcp_error, _, _} -> [error | told(Ms)];
        {'DOWN', _, port, _, Reason} -> [[down, Reason] | told(Ms)];
        {'EXIT', _, Reason} -> [[exit, Reason] | told(Ms)];
        Other -> [Other | told(Ms)]
    after Ms -> []
    end.

raised({error, Reason}) -> {raised, Reason};
raised(Result) -> Result.

once_is_one_message() ->
    {Port, Peer} = pair(2),
    send(Peer, [<<"a">>, <<"b">>, <<"c">>]),
    t:emit(passive, told(50)),
    ask(Port, once),
    t:emit(first, told(50)),
    ask(Port, once),
    t:emit(second, told(50)),
    t:emit(read, gen_tcp:recv(Port, 0)).

counts_add_up() ->
    {Port, Peer} = pair(2),
    send(Peer, [<<"a">>, <<"b">>, <<"c">>, <<"d">>]),
    ask(Port, 2),
    t:emit(two, told(50)),
    ask(Port, 1),
    ask(Port, 3),
    t:emit(left, told(50)),
    ask(Port, -2),
    t:emit(less, told(50)),
    ask(Port, 0),
    t:emit(zero, told(50)),
    t:emit(too_many, t:attempt(fun() -> ask(Port, 40000) end)),
    ask(Port, 32767),
    t:emit(too_many, t:attempt(fun() -> ask(Port, 1) end)),
    ask(Port, once),
    send(Peer, [<<"e">>, <<"f">>]),
    t:emit(once, told(50)).

reading_wants_a_passive_port() ->
    {Port, Peer} = pair(2),
    ask(Port, once),
    t:emit(active, t:attempt(fun() -> raised(gen_tcp:recv(Port, 0)) end)),
    ask(Port, false),
    t:emit(timeout, element(2, gen_tcp:recv(Port, 0, 20))),
    send(Peer, [<<"a">>]),
    t:emit(read, element(2, gen_tcp:recv(Port, 0))),
    gen_tcp:close(Peer),
    t:emit(closed, element(2, gen_tcp:recv(Port, 0))).

the_end_is_told_to_one_who_asks() ->
    process_flag(trap_exit, true),
    {Port, Peer} = pair(2),
    monitor(port, Port),
    send(Peer, [<<"a">>]),
    gen_tcp:close(Peer),
    t:emit(passive, told(50)),
    ask(Port, once),
    t:emit(item, told(50)),
    ask(Port, once),
    t:emit('end', told(50)),
    t:emit(send, t:attempt(fun() -> raised(gen_tcp:send(Port, <<"x">>)) end)).

a_close_of_the_owner_is_told_to_others() ->
    process_flag(trap_exit, true),
    {Port, Peer} = pair(2),
    Main = self(),
    A = t:label(a, spawn_monitor(fun() ->
        process_flag(trap_exit, true),
        link(Port),
        monitor(port, Port),
        Main ! ready,
        t:emit(told, told(50))
    end)),
    receive ready -> ok end,
    ask(Port, true),
    gen_tcp:close(Port),
    % Less than a waits: its end is asked for below.
    t:emit(told, told(20)),
    t:emit(peer, element(2, gen_tcp:recv(Peer, 0))),
    t:emit(again, gen_tcp:close(Port)),
    t:reason(A).

a_port_ends_with_its_owner() ->
    [begin
        Main = self(),
        A = t:label(Reason, spawn_monitor(fun() -> Main ! {pair, pair(2)}, receive stop -> exit(Reason) end end)),
        Port = receive {pair, {P, _}} -> P end,
        B = spawn_monitor(fun() -> monitor(port, Port), Main ! ready, Main ! {told, told(200)} end),
        receive ready -> ok end,
        element(1, A) ! stop,
        t:emit(Reason, t:reason(A)),
        receive {told, Told} -> t:emit(port, Told) end,
        t:reason(B)
    end || Reason <- [normal, shutdown, crash]].

the_peer_of_a_dead_owner_is_told() ->
    {Port, Peer} = pair(2),
    A = t:label(a, spawn_monitor(fun() -> receive go -> ok end, receive stop -> ok end end)),
    gen_tcp:controlling_process(Port, element(1, A)),
    element(1, A) ! go,
    element(1, A) ! stop,
    t:emit(a, t:reason(A)),
    t:emit(peer, element(2, gen_tcp:recv(Peer, 0))).

exit_signals_close_a_port() ->
    Main = self(),
    A = t:label(a, spawn_monitor(fun() -> {Port, _} = pair(2), Main ! {port, Port}, receive after infinity -> ok end end)),
    exit(receive {port, One} -> One end, foo),
    t:emit(linked, t:reason(A)),
    process_flag(trap_exit, true),
    {Port, _} = pair(2),
    monitor(port, Port),
    exit(Port, bar),
    t:emit(trapped, told(50)),
    {Other, _} = pair(2),
    unlink(Other),
    exit(Other, foo),
    t:emit(unlinked, told(50)),
    t:emit(send, t:attempt(fun() -> raised(gen_tcp:send(Other, <<"x">>)) end)).

links_and_monitors_of_the_closed() ->
    process_flag(trap_exit, true),
    {Port, _} = pair(2),
    gen_tcp:close(Port),
    monitor(port, Port),
    t:emit(monitor, told(50)),
    link(Port),
    t:emit(link, told(50)).

a_linked_process_that_ends_well_leaves_it() ->
    {Port, Peer} = pair(2),
    A = t:label(a, spawn_monitor(fun() -> link(Port) end)),
    t:emit(a, t:reason(A)),
    send(Peer, [<<"a">>]),
    t:emit(read, gen_tcp:recv(Port, 0)).

what_was_told_moves_to_the_new_owner() ->
    {Port, Peer} = pair(2),
    ask(Port, true),
    send(Peer, [<<"a">>, <<"b">>]),
    timer:sleep(50),
    self() ! stays,
    A = t:label(a, spawn_monitor(fun() -> t:emit(told, told(200)) end)),
    t:emit(moved, gen_tcp:controlling_process(Port, element(1, A))),
    send(Peer, [<<"c">>]),
    t:emit(left, told(50)),
    {connected, Owner} = erlang:port_info(Port, connected),
    t:emit(owner, Owner),
    t:reason(A),
    t:emit(peer, element(2, gen_tcp:recv(Peer, 0))).

handing_over_keeps_what_was_asked_for() ->
    {Port, Peer} = pair(2),
    ask(Port, once),
    A = t:label(a, spawn_monitor(fun() -> t:emit(told, told(200)) end)),
    gen_tcp:controlling_process(Port, element(1, A)),
    send(Peer, [<<"a">>, <<"b">>]),
    t:reason(A).

handing_over_in_vain() ->
    {Port, Peer} = pair(2),
    D = t:label(d, spawn_monitor(fun() -> ok end)),
    t:reason(D),
    t:emit(dead, t:attempt(fun() -> raised(gen_tcp:controlling_process(Port, element(1, D))) end)),
    t:emit(itself, gen_tcp:controlling_process(Port, self())),
    A = t:label(a, spawn(fun t:echo/0)),
    ask(Port, true),
    send(Peer, [<<"a">>]),
    gen_tcp:close(Peer),
    timer:sleep(50),
    t:emit(closed, t:attempt(fun() -> raised(gen_tcp:controlling_process(Port, A)) end)),
    t:emit(left, told(50)).
