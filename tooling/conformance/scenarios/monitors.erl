%% Monitors: one way, each counted, by pid or by name.
-module(monitors).
-compile(export_all).

each_monitor_counts() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Refs = [monitor(process, A) || _ <- [1, 2, 3]],
    t:emit(different, length(lists:usort(Refs))),
    exit(A, stop),
    [receive {'DOWN', Ref, _, _, _} = Down -> t:emit(down, Down) end || Ref <- Refs],
    t:emit(then, t:quiet()).

a_tag_stands_for_down() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Ref = monitor(process, A, [{tag, gone}]),
    exit(A, stop),
    receive {gone, Ref1, process, A1, Reason} ->
        t:emit(same, Ref1 =:= Ref andalso A1 =:= A),
        t:emit(reason, Reason)
    end,
    monitor(process, A, [{tag, gone}]),
    receive {gone, _, process, _, Late} -> t:emit(late, Late) end,
    t:emit(then, t:quiet()).

monitoring_the_dead() ->
    A = t:label(a, spawn_monitor(fun() -> exit(early) end)),
    t:reason(A),
    monitor(process, element(1, A)),
    t:emit(down, t:quiet()).

monitoring_a_name_that_nobody_has() ->
    monitor(process, nobody),
    t:emit(down, t:quiet()).

monitoring_itself() ->
    A = t:label(a, spawn_monitor(fun() ->
        Ref = monitor(process, self()),
        t:emit(demonitored, demonitor(Ref, [info])),
        monitor(process, self()),
        t:emit(then, t:quiet())
    end)),
    t:emit(a, t:reason(A)).

monitoring_on_a_node_that_nobody_reaches() ->
    monitor(process, {somebody, 'nowhere@127.0.0.1'}),
    receive Down -> t:emit(down, Down) end.

a_name_is_resolved_once() ->
    A = t:label(a, spawn(fun t:echo/0)),
    B = t:label(b, spawn_monitor(fun t:echo/0)),
    register(server, A),
    monitor(process, server),
    unregister(server),
    register(server, element(1, B)),
    exit(element(1, B), stop),
    t:emit(b, t:reason(B)),
    t:emit(then, t:quiet()),
    exit(A, stop),
    t:emit(down, t:quiet()).

demonitor_leaves_nothing_to_come() ->
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    Ref = monitor(process, element(1, A)),
    t:emit(demonitored, demonitor(Ref, [info])),
    t:emit(again, demonitor(Ref, [info])),
    exit(element(1, A), stop),
    t:emit(a, t:reason(A)),
    t:emit(then, t:quiet()).

demonitor_leaves_a_message_that_came() ->
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    Ref = monitor(process, element(1, A)),
    exit(element(1, A), stop),
    t:emit(a, t:reason(A)),
    timer:sleep(30),
    t:emit(demonitored, demonitor(Ref, [info])),
    t:emit(mailbox, t:collect()).

demonitor_with_flush_takes_it_out() ->
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    Ref = monitor(process, element(1, A)),
    exit(element(1, A), stop),
    t:emit(a, t:reason(A)),
    timer:sleep(30),
    self() ! other,
    t:emit(demonitored, demonitor(Ref, [flush, info])),
    t:emit(mailbox, t:collect()).

demonitor_with_flush_of_a_monitor_that_lives() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Ref = monitor(process, A),
    t:emit(demonitored, demonitor(Ref, [flush, info])),
    t:emit(unknown, demonitor(make_ref(), [flush, info])),
    exit(A, stop),
    t:emit(then, t:quiet()).

%% Against deaths that race with it.
demonitor_and_flush_leave_no_down() ->
    Strays = [begin
        A = spawn(fun() -> receive go -> exit(done) end end),
        Ref = monitor(process, A),
        Watch = monitor(process, A),
        A ! go,
        [erlang:yield() || _ <- lists:seq(1, N rem 5)],
        demonitor(Ref, [flush]),
        receive {'DOWN', Watch, _, _, _} -> ok end,
        receive {'DOWN', Ref, _, _, _} -> 1 after 2 -> 0 end
    end || N <- lists:seq(1, 30)],
    t:emit(strays, lists:sum(Strays)).

a_dying_process_watches_nobody() ->
    A = t:label(a, spawn(fun t:echo/0)),
    B = t:label(b, spawn_monitor(fun() -> monitor(process, A), t:echo() end)),
    t:ping(element(1, B)),
    t:ping(A),
    {monitored_by, By} = process_info(A, monitored_by),
    t:emit(watchers, length(By)),
    exit(element(1, B), stop),
    t:reason(B),
    t:ping(A),
    {monitored_by, None} = process_info(A, monitored_by),
    t:emit(watchers, length(None)).

messages_come_before_the_end_of_their_sender() ->
    process_flag(trap_exit, true),
    Main = self(),
    t:label(a, spawn_opt(fun() ->
        [Main ! {message, N} || N <- lists:seq(1, 5)],
        exit(done)
    end, [link, monitor])),
    All = [receive Any -> Any end || _ <- lists:seq(1, 7)],
    t:emit(first, lists:sublist(All, 5)),
    t:emit(exits, length([1 || {'EXIT', _, done} <- All])),
    t:emit(downs, length([1 || {'DOWN', _, _, _, done} <- All])).

the_name_is_free_when_the_end_is_told() ->
    process_flag(trap_exit, true),
    Results = [begin
        A = spawn_link(fun() -> register(server, self()), receive stop -> exit(done) end end),
        wait_for_name(),
        A ! stop,
        receive {'EXIT', A, done} -> ok end,
        {whereis(server), register(server, self()), unregister(server)}
    end || _ <- lists:seq(1, 10)],
    t:emit(by_link, lists:usort(Results)),
    Others = [begin
        {B, Ref} = spawn_monitor(fun() -> register(server, self()), receive stop -> exit(done) end end),
        wait_for_name(),
        B ! stop,
        receive {'DOWN', Ref, process, B, done} -> ok end,
        {whereis(server), register(server, self()), unregister(server)}
    end || _ <- lists:seq(1, 10)],
    t:emit(by_monitor, lists:usort(Others)).

wait_for_name() ->
    case whereis(server) of
        undefined -> timer:sleep(1), wait_for_name();
        _ -> ok
    end.

demonitor_by_another() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Ref = monitor(process, A),
    B = t:label(b, spawn_monitor(fun() -> t:emit(demonitored, t:attempt(fun() -> demonitor(Ref, [info]) end)) end)),
    t:reason(B),
    exit(A, stop),
    t:emit(down, t:quiet()).

downs_come_in_the_order_of_setting() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Refs = [monitor(process, A) || _ <- lists:seq(1, 6)],
    demonitor(lists:nth(3, Refs)),
    exit(A, stop),
    Order = [receive {'DOWN', Ref, _, _, _} -> index(Ref, Refs, 0) end || _ <- lists:seq(1, 5)],
    t:emit(order, Order),
    t:emit(then, t:quiet()).

index(Ref, [Ref | _], N) -> N;
index(Ref, [_ | Refs], N) -> index(Ref, Refs, N + 1).

a_name_with_its_node() ->
    A = t:label(a, spawn(fun t:echo/0)),
    register(server, A),
    monitor(process, {server, node()}),
    exit(A, stop),
    t:emit(down, t:quiet(5000)).

flush_takes_out_what_has_a_tag() ->
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    Ref = monitor(process, element(1, A), [{tag, gone}]),
    exit(element(1, A), stop),
    t:emit(a, t:reason(A)),
    timer:sleep(30),
    t:emit(demonitored, demonitor(Ref, [flush, info])),
    t:emit(mailbox, t:collect()).

rubbish_for_links_and_monitors() ->
    A = t:label(a, spawn(fun t:echo/0)),
    t:emit(link, t:attempt(fun() -> link(17) end)),
    t:emit(unlink, t:attempt(fun() -> unlink(17) end)),
    t:emit(monitor, t:attempt(fun() -> monitor(process, 17) end)),
    t:emit(demonitor, t:attempt(fun() -> demonitor(17) end)),
    t:emit(unalias, t:attempt(fun() -> unalias(17) end)),
    t:emit(option, t:attempt(fun() -> monitor(process, A, [{alias, for_ever}]) end)).
