%% Order of signals, what they do without a receive, copies, and what is left of the dead.
-module(signals).
-compile(export_all).

signals_of_one_sender_keep_their_order() ->
    process_flag(trap_exit, true),
    Main = self(),
    t:label(a, spawn(fun() ->
        Main ! 1, exit(Main, x), Main ! 2, Main ! 3, exit(Main, y), exit(Main, normal), Main ! 4
    end)),
    t:emit(got, [receive Any -> Any end || _ <- lists:seq(1, 7)]).

one_order_over_pid_name_and_alias() ->
    Main = self(),
    register(main, Main),
    Alias = alias(),
    t:label(a, spawn(fun() ->
        [case N rem 3 of 0 -> Main ! N; 1 -> main ! N; 2 -> Alias ! N end || N <- lists:seq(1, 30)]
    end)),
    t:emit(got, [receive Any -> Any end || _ <- lists:seq(1, 30)]).

signals_act_on_one_who_never_receives() ->
    A = t:label(a, spawn_monitor(fun() -> receive never -> ok end end)),
    [element(1, A) ! N || N <- [1, 2, 3]],
    B = t:label(b, spawn_monitor(fun() -> link(element(1, A)), t:echo() end)),
    t:ping(element(1, B)),
    t:emit(alive, is_process_alive(element(1, A))),
    exit(element(1, A), stop),
    t:emit(a, t:reason(A)),
    t:emit(b, t:reason(B)).

the_mailbox_length_is_in_step() ->
    A = t:label(a, spawn(fun() -> receive never -> ok end end)),
    Waiting = [begin A ! N, element(2, process_info(A, message_queue_len)) end || N <- [1, 2, 3]],
    t:emit(waiting, Waiting),
    exit(A, stop),
    t:dead(A),
    t:emit(dead, process_info(A, message_queue_len)).

what_is_known_of_a_process() ->
    process_flag(trap_exit, true),
    Main = self(),
    B = t:label(b, spawn(fun t:echo/0)),
    A = t:label(a, spawn_link(fun() ->
        register(server, self()), process_flag(trap_exit, true), monitor(process, B), Main ! ready,
        receive never -> ok end
    end)),
    monitor(process, A),
    receive ready -> ok end,
    Info = process_info(A, [registered_name, links, monitors, monitored_by, trap_exit, message_queue_len, parent]),
    [t:emit(What, Value) || {What, Value} <- Info].

messages_are_copied() ->
    Main = self(),
    A = t:label(a, spawn(fun() -> receive M -> t:emit(got, M), Main ! M end end)),
    A ! #{list => [1, 2], inner => #{n => 1}},
    receive Back -> t:emit(back, Back) end.

the_list_of_processes() ->
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    t:emit(listed, lists:member(element(1, A), processes())),
    exit(element(1, A), stop),
    t:reason(A),
    t:emit(listed, lists:member(element(1, A), processes())).

pids_are_not_used_again() ->
    Pids = [begin Made = spawn_monitor(fun() -> ok end), t:reason(Made), element(1, Made) end || _ <- lists:seq(1, 200)],
    t:emit(different, length(lists:usort(Pids))),
    t:emit(alive, length([P || P <- Pids, is_process_alive(P)])).

the_killed_run_no_code() ->
    Main = self(),
    A = t:label(a, spawn_monitor(fun() ->
        try
            Main ! ready,
            catching()
        catch _:_ -> t:emit(caught)
        after t:emit(cleanup)
        end
    end)),
    receive ready -> ok end,
    exit(element(1, A), kill),
    t:emit(a, t:reason(A)),
    element(1, A) ! wake,
    t:emit(then, t:quiet()).

catching() ->
    try receive Any -> t:emit(got, Any) end catch _:_ -> t:emit(caught) end,
    catching().

one_killed_while_it_sleeps_does_not_wake() ->
    Main = self(),
    A = t:label(a, spawn_monitor(fun() ->
        receive go -> ok end,
        Main ! sleeping,
        timer:sleep(100),
        t:emit(woke),
        Main ! woke
    end)),
    element(1, A) ! go,
    receive sleeping -> ok end,
    exit(element(1, A), kill),
    t:emit(a, t:reason(A)),
    t:emit(then, t:quiet(200)).

a_crash_is_reported_and_an_exit_is_not() ->
    t:reports(),
    A = t:label(a, spawn(fun() -> error(boom) end)),
    receive Report -> t:emit(got, Report) end,
    t:dead(A),
    B = t:label(b, spawn_monitor(fun() -> exit(bye) end)),
    C = t:label(c, spawn_monitor(fun t:echo/0)),
    exit(element(1, C), kill),
    t:emit(b, t:reason(B)),
    t:emit(c, t:reason(C)),
    t:emit(then, t:quiet()).

one_that_grows_too_much_is_ended() ->
    Limit = #{size => 5000, kill => true, error_logger => false},
    A = t:label(a, spawn_opt(fun() -> hoard([]) end, [monitor, {max_heap_size, Limit}])),
    [element(1, A) ! lists:seq(1, 100) || _ <- lists:seq(1, 2000)],
    t:emit(a, t:reason(A)).

hoard(All) -> receive Message -> hoard([Message | All]) end.

one_who_is_busy_does_not_hold_up_the_others() ->
    Main = self(),
    B = t:label(b, spawn(fun t:echo/0)),
    t:label(a, spawn(fun() -> self() ! 1, busy(Main) end)),
    receive started -> ok end,
    t:ping(B),
    t:emit(pong),
    receive done -> t:emit(done) end.

busy(Main) ->
    receive
        1 -> Main ! started, self() ! 2, busy(Main);
        2000000 -> t:emit(last), Main ! done;
        N -> self() ! N + 1, busy(Main)
    end.
