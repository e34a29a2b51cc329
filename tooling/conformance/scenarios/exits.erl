%% Exit reasons and exit signals.
-module(exits).
-compile(export_all).

how_a_body_ends_is_its_reason() ->
    [t:emit(How, t:reason(t:label(How, spawn_monitor(Body)))) || {How, Body} <- [
        {returns, fun() -> done end},
        {exits, fun() -> exit(bye) end},
        {exits_with_data, fun() -> exit([bye, 1]) end},
        {shuts_down, fun() -> exit({shutdown, why}) end},
        {fails, fun() -> error(boom) end}]].

a_thrown_term() ->
    t:emit(thrown, t:reason(t:label(a, spawn_monitor(fun() -> throw([ball]) end)))).

a_body_that_fails_at_once() ->
    Made = t:label(a, spawn_monitor(fun() -> error(boom) end)),
    t:emit(spawned, is_pid(element(1, Made))),
    t:emit(reason, t:reason(Made)).

killed_is_dead_at_once() ->
    A = t:label(a, spawn(fun t:echo/0)),
    t:ping(A),
    t:emit(alive, is_process_alive(A)),
    exit(A, kill),
    t:emit(alive, is_process_alive(A)).

normal_over_a_link_touches_nobody() ->
    process_flag(trap_exit, true),
    Main = self(),
    B = t:label(b, spawn(fun t:echo/0)),
    A = t:label(a, spawn(fun() -> link(B), link(Main), receive go -> ok end end)),
    A ! go,
    receive {'EXIT', A, _} = Exit -> t:emit(exit, Exit) end,
    t:emit(then, t:quiet()),
    t:ping(B),
    t:emit(b_lives).

exit_normal_from_another_does_nothing() ->
    Main = self(),
    A = t:label(a, spawn(fun t:echo/0)),
    exit(A, normal),
    t:ping(A),
    t:emit(a_lives),
    B = t:label(b, spawn_monitor(fun() ->
        process_flag(trap_exit, true),
        Main ! ready,
        receive Exit -> t:emit(got, Exit) end
    end)),
    receive ready -> ok end,
    exit(element(1, B), normal),
    t:emit(b, t:reason(B)).

exit_normal_to_itself_ends_it() ->
    A = t:label(a, spawn_monitor(fun() ->
        exit(self(), normal),
        receive after 0 -> ok end,
        t:emit(still_here)
    end)),
    t:emit(a, t:reason(A)),
    B = t:label(b, spawn_monitor(fun() ->
        process_flag(trap_exit, true),
        exit(self(), normal),
        receive Exit -> t:emit(got, Exit) end,
        exit(done)
    end)),
    t:emit(b, t:reason(B)).

kill_cannot_be_trapped_and_is_told_as_killed() ->
    process_flag(trap_exit, true),
    A = t:label(a, spawn_link(fun() ->
        process_flag(trap_exit, true),
        t:emit(ready),
        catch_all()
    end)),
    Ref = monitor(process, A),
    t:ping(A),
    exit(A, kill),
    receive {'EXIT', A, _} = Exit -> t:emit(exit, Exit) end,
    receive {'DOWN', Ref, _, _, _} = Down -> t:emit(down, Down) end.

catch_all() ->
    receive
        {ping, From} -> From ! {pong, self()};
        Other -> t:emit(got, Other)
    end,
    catch_all().

a_process_that_exits_with_kill_is_not_told_as_killed() ->
    process_flag(trap_exit, true),
    B = t:label(b, spawn_monitor(fun t:echo/0)),
    Main = self(),
    A = t:label(a, spawn_monitor(fun() -> link(element(1, B)), link(Main), receive go -> exit(kill) end end)),
    element(1, A) ! go,
    t:emit(a, t:reason(A)),
    t:emit(b, t:reason(B)),
    receive {'EXIT', _, _} = Exit -> t:emit(exit, Exit) end.

exit_reaches_one_who_traps_as_a_message() ->
    A = t:label(a, spawn_monitor(fun() ->
        process_flag(trap_exit, true),
        receive {ping, From} -> From ! {pong, self()} end,
        receive Exit -> t:emit(got, Exit) end
    end)),
    t:ping(element(1, A)),
    exit(element(1, A), [because, 1]),
    t:emit(a, t:reason(A)).

exit_ends_one_who_does_not_trap() ->
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    t:ping(element(1, A)),
    exit(element(1, A), [because, 1]),
    t:emit(a, t:reason(A)).

trapping_is_looked_up_when_the_signal_is_handled() ->
    A = t:label(a, spawn_monitor(fun Loop() ->
        receive
            trap -> process_flag(trap_exit, true), t:emit(traps);
            {ping, From} -> From ! {pong, self()};
            {'EXIT', _, _} = Exit -> t:emit(got, Exit)
        end,
        Loop()
    end)),
    t:ping(element(1, A)),
    exit(element(1, A), stop),
    element(1, A) ! trap,
    t:emit(a, t:reason(A)).

an_exit_in_the_mailbox_outlives_trapping() ->
    process_flag(trap_exit, true),
    A = t:label(a, spawn_link(fun() -> exit(done) end)),
    t:dead(A),
    timer:sleep(30),
    t:emit(trapped, process_flag(trap_exit, false)),
    t:emit(mailbox, t:collect()).

an_exit_goes_down_a_chain_of_links() ->
    Last = t:label(last, spawn_monitor(fun t:echo/0)),
    First = lists:foldl(
        fun(_, Next) -> spawn(fun() -> link(Next), t:echo() end) end,
        element(1, Last), lists:seq(1, 20)),
    t:ping(First),
    timer:sleep(30),
    exit(First, boom),
    t:emit(last, t:reason(Last)).

kill_to_itself() ->
    A = t:label(a, spawn_monitor(fun() ->
        process_flag(trap_exit, true),
        exit(self(), kill),
        receive after 0 -> ok end,
        t:emit(still_here)
    end)),
    t:emit(a, t:reason(A)).

exit_to_itself_while_trapping() ->
    A = t:label(a, spawn_monitor(fun() ->
        process_flag(trap_exit, true),
        exit(self(), why),
        receive Exit -> t:emit(got, Exit) end
    end)),
    t:emit(a, t:reason(A)).

an_exit_that_is_caught() ->
    A = t:label(a, spawn_monitor(fun() ->
        try exit(bye) catch exit:bye -> ok end,
        receive after 0 -> ok end,
        t:emit(goes_on)
    end)),
    t:emit(a, t:reason(A)).

an_error_over_a_link() ->
    process_flag(trap_exit, true),
    B = t:label(b, spawn_monitor(fun t:echo/0)),
    Main = self(),
    t:label(a, spawn(fun() -> link(element(1, B)), link(Main), receive after 10 -> error(boom) end end)),
    receive {'EXIT', _, _} = Exit -> t:emit(exit, Exit) end,
    t:emit(b, t:reason(B)).
