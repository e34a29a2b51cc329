%% Links: both ways, a set, and no exit after unlink.
-module(links).
-compile(export_all).

a_link_is_a_set() ->
    process_flag(trap_exit, true),
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    link(element(1, A)),
    link(element(1, A)),
    unlink(element(1, A)),
    exit(element(1, A), stop),
    t:emit(a, t:reason(A)),
    t:emit(then, t:quiet()).

a_link_goes_both_ways() ->
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    B = t:label(b, spawn_monitor(fun() -> link(element(1, A)), t:echo() end)),
    t:ping(element(1, B)),
    exit(element(1, A), first),
    t:emit(b, t:reason(B)),
    C = t:label(c, spawn_monitor(fun t:echo/0)),
    D = t:label(d, spawn_monitor(fun() -> link(element(1, C)), t:echo() end)),
    t:ping(element(1, D)),
    t:ping(element(1, C)),
    exit(element(1, D), second),
    t:emit(c, t:reason(C)).

spawn_link_and_monitor_miss_no_death() ->
    process_flag(trap_exit, true),
    t:label(a, spawn_link(fun() -> exit(quick) end)),
    B = t:label(b, spawn_monitor(fun() -> exit(quick) end)),
    receive {'EXIT', _, _} = Exit -> t:emit(exit, Exit) end,
    t:emit(b, t:reason(B)).

linked_and_monitored_at_birth() ->
    process_flag(trap_exit, true),
    t:label(a, spawn_opt(fun() -> exit(quick) end, [link, monitor])),
    receive {'EXIT', _, _} = Exit -> t:emit(exit, Exit) end,
    receive {'DOWN', _, _, _, _} = Down -> t:emit(down, Down) end,
    t:emit(then, t:quiet()).

linking_to_the_dead_while_trapping() ->
    process_flag(trap_exit, true),
    A = t:label(a, spawn_monitor(fun() -> ok end)),
    t:reason(A),
    t:emit(link, t:attempt(fun() -> link(element(1, A)) end)),
    t:emit(got, t:quiet()).

linking_to_the_dead_without_trapping() ->
    A = t:label(a, spawn_monitor(fun() -> ok end)),
    t:reason(A),
    B = t:label(b, spawn_monitor(fun() ->
        t:emit(link, t:attempt(fun() -> link(element(1, A)) end)),
        receive after 20 -> ok end
    end)),
    t:emit(b, t:reason(B)).

no_exit_comes_after_unlink() ->
    process_flag(trap_exit, true),
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    link(element(1, A)),
    t:ping(element(1, A)),
    unlink(element(1, A)),
    exit(element(1, A), stop),
    t:emit(a, t:reason(A)),
    t:emit(then, t:quiet()).

an_exit_in_the_mailbox_outlives_unlink() ->
    process_flag(trap_exit, true),
    A = t:label(a, spawn_link(fun() -> exit(done) end)),
    t:dead(A),
    timer:sleep(30),
    unlink(A),
    t:emit(mailbox, t:collect()).

%% The safe idiom, against deaths that race with it.
unlink_and_flush_leave_no_exit() ->
    process_flag(trap_exit, true),
    Strays = [begin
        A = spawn_link(fun() -> receive go -> exit(done) end end),
        Ref = monitor(process, A),
        A ! go,
        [erlang:yield() || _ <- lists:seq(1, N rem 5)],
        unlink(A),
        receive {'EXIT', A, _} -> ok after 0 -> ok end,
        receive {'DOWN', Ref, _, _, _} -> ok end,
        receive {'EXIT', A, _} -> 1 after 2 -> 0 end
    end || N <- lists:seq(1, 30)],
    t:emit(strays, lists:sum(Strays)).

linking_again_after_unlink_counts() ->
    process_flag(trap_exit, true),
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    link(element(1, A)),
    element(1, A) ! keeps_it_busy,
    unlink(element(1, A)),
    link(element(1, A)),
    exit(element(1, A), stop),
    receive {'EXIT', _, _} = Exit -> t:emit(exit, Exit) end,
    t:emit(a, t:reason(A)).

%% Both unlink and link again at the same time; the last word of both is link.
both_sides_unlink_and_link_again() ->
    process_flag(trap_exit, true),
    Main = self(),
    Exits = [begin
        A = spawn_link(fun() ->
            receive go -> ok end,
            unlink(Main), link(Main), unlink(Main), link(Main),
            Main ! {pong, self()},
            receive stop -> exit(done) end
        end),
        A ! go,
        unlink(A), link(A), unlink(A), link(A),
        receive {pong, A} -> ok end,
        A ! stop,
        receive {'EXIT', A, done} -> 1 after 500 -> 0 end
    end || _ <- lists:seq(1, 20)],
    t:emit(exits, lists:sum(Exits)).

%% An exit that is under way when it is unlinked, and the process linked to anew: it is dead by then.
unlink_then_link_to_one_who_dies() ->
    process_flag(trap_exit, true),
    A = t:label(a, spawn_link(fun t:echo/0)),
    exit(A, stop),
    t:dead(A),
    timer:sleep(30),
    t:emit(first, t:collect()),
    unlink(A),
    link(A),
    t:emit(second, t:quiet()).

linking_to_itself() ->
    A = t:label(a, spawn_monitor(fun() ->
        t:emit(link, t:attempt(fun() -> link(self()) end)),
        t:emit(links, length(element(2, process_info(self(), links)))),
        t:emit(unlink, t:attempt(fun() -> unlink(self()) end)),
        exit(done)
    end)),
    t:emit(a, t:reason(A)).

exit_from_one_who_was_unlinked() ->
    process_flag(trap_exit, true),
    Main = self(),
    A = t:label(a, spawn_link(fun() -> receive go -> exit(Main, anyway), receive never -> ok end end end)),
    unlink(A),
    A ! go,
    t:emit(got, t:quiet(5000)).

exit_from_one_who_stays_linked() ->
    process_flag(trap_exit, true),
    Main = self(),
    A = t:label(a, spawn_link(fun() -> receive go -> exit(Main, one), exit(two) end end)),
    A ! go,
    t:emit(first, t:quiet(5000)),
    t:emit(second, t:quiet(5000)),
    t:emit(then, t:quiet()).

who_is_linked() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Links = fun() -> element(2, process_info(self(), links)) end,
    link(A),
    t:emit(linked, Links()),
    unlink(A),
    t:emit(unlinked, Links()),
    t:ping(A),
    {links, Others} = process_info(A, links),
    t:emit(others, Others).
