%% Connections that are lost: calls, monitors and links over them.
-module(connections).
-compile(export_all).

a_call_ends_with_its_connection() ->
    Main = self(),
    Silent = t:label(silent, peers:begin_at(b, {silent, [Main]})),
    B = peers:connect(b),
    t:label(caller, spawn(fun() -> Main ! {outcome, call(B, Silent)} end)),
    receive asked -> ok end,
    Since = erlang:monotonic_time(millisecond),
    peers:cut(b),
    receive {outcome, Outcome} -> t:emit(outcome, Outcome) end,
    t:emit(at_once, t:elapsed(Since) < 1000),
    t:emit(later, t:quiet()).

a_call_to_a_node_that_is_not_there_ends_at_once() ->
    Since = erlang:monotonic_time(millisecond),
    Node = 'nowhere@127.0.0.9',
    t:emit(outcome, call(Node, {somebody, Node})),
    t:emit(at_once, t:elapsed(Since) < 1000).

noconnection_does_not_mean_dead() ->
    A = t:label(a, peers:begin_at(b, {echo, []})),
    peers:connect(b),
    Ref = monitor(process, A),
    t:ping(A),
    peers:cut(b),
    receive {'DOWN', Ref, process, A, Reason} -> t:emit(down, Reason) end,
    peers:connect(b),
    t:emit(alive, t:ping(A)),
    t:emit(once, t:quiet()),
    Again = monitor(process, A),
    A ! {stop, enough},
    receive {'DOWN', Again, process, A, Second} -> t:emit(down, Second) end.

a_link_breaks_on_both_sides() ->
    process_flag(trap_exit, true),
    A = t:label(a, peers:begin_at(b, {remembering, [[]]})),
    peers:connect(b),
    A ! {link, self()},
    receive linked -> ok end,
    peers:cut(b),
    receive {'EXIT', A, Reason} -> t:emit(broke, Reason) end,
    peers:connect(b),
    A ! {ask, self()},
    receive {seen, Seen} -> t:emit(seen_there, Seen) end.

call(Node, To) ->
    try gen_server:call(To, question, 3000)
    catch
        exit:{{nodedown, Node}, _} -> nodedown;
        exit:{Reason, _} -> Reason
    end.
