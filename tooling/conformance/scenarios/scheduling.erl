%% Who runs when: hibernation, priorities, suspending, and the count of what was done.
-module(scheduling).
-compile(export_all).

%% As there is one thread in Agner.
on_one_scheduler(Run) ->
    Online = erlang:system_flag(schedulers_online, 1),
    try Run() after erlang:system_flag(schedulers_online, Online) end.

status(Pid) -> element(2, process_info(Pid, status)).

hibernates(Pid) -> process_info(Pid, current_function) =:= {current_function, {erlang, hibernate, 3}}.

woken(Main) ->
    t:emit(woken),
    receive
        leave -> exit(left);
        Message -> Main ! {woken, Message, get(key)}
    end,
    receive stop -> ok end.

one_who_hibernates_goes_on_with_the_next_message() ->
    Main = self(),
    A = t:label(a, spawn(fun() ->
        put(key, kept),
        erlang:hibernate(?MODULE, woken, [Main]),
        t:emit(came_back)
    end)),
    timer:sleep(30),
    t:emit(a, [hibernates(A), status(A)]),
    t:emit(sends),
    A ! hello,
    receive {woken, Message, Kept} -> t:emit(woken, [Message, Kept]) end,
    t:emit(a, hibernates(A)),
    A ! stop,
    t:dead(A).

one_who_has_messages_does_not_hibernate() ->
    Main = self(),
    A = t:label(a, spawn(fun() ->
        self() ! waits,
        erlang:hibernate(?MODULE, woken, [Main])
    end)),
    receive {woken, Message, _} -> t:emit(woken, Message) end,
    t:emit(a, hibernates(A)),
    A ! stop,
    t:dead(A).

one_who_hibernates_has_no_stack() ->
    Main = self(),
    A = t:label(a, spawn_monitor(fun() ->
        try erlang:hibernate(?MODULE, woken, [Main]) catch _:_ -> t:emit(caught) end
    end)),
    timer:sleep(30),
    element(1, A) ! leave,
    t:emit(a, t:reason(A)).

a_trapped_exit_wakes_one_who_hibernates() ->
    Main = self(),
    A = t:label(a, spawn(fun() ->
        process_flag(trap_exit, true),
        erlang:hibernate(?MODULE, woken, [Main])
    end)),
    B = t:label(b, spawn_monitor(fun() -> erlang:hibernate(?MODULE, woken, [Main]) end)),
    timer:sleep(30),
    [exit(P, wake_up) || P <- [A, element(1, B)]],
    receive {woken, Message, _} -> t:emit(woken, Message) end,
    t:emit(b, t:reason(B)),
    A ! stop,
    t:dead(A).

higher_priorities_go_first() ->
    on_one_scheduler(fun() ->
        Main = self(),
        process_flag(priority, max),
        Body = fun() -> t:emit(runs), Main ! ran end,
        [t:label(Label, spawn_opt(Body, [{priority, Priority}])) || {Label, Priority} <-
            [{low, low}, {normal, normal}, {high, high}, {normal2, normal}, {max, max}, {high2, high}]],
        t:emit(waits),
        [receive ran -> ok end || _ <- lists:seq(1, 6)]
    end).

one_of_high_priority_goes_on_as_long_as_it_likes() ->
    on_one_scheduler(fun() ->
        Main = self(),
        process_flag(priority, max),
        t:label(normal, spawn(fun() -> t:emit(runs), Main ! ran end)),
        t:label(high, spawn_opt(fun() ->
            [erlang:yield() || _ <- lists:seq(1, 300)],
            t:emit(done),
            Main ! ran
        end, [{priority, high}])),
        [receive ran -> ok end || _ <- [normal, high]]
    end).

one_of_low_priority_goes_less_often() ->
    on_one_scheduler(fun() ->
        Main = self(),
        process_flag(priority, max),
        Low = counters:new(1, []),
        A = t:label(low, spawn_opt(fun Loop() -> erlang:yield(), counters:add(Low, 1, 1), Loop() end, [{priority, low}])),
        t:label(normal, spawn(fun() -> [erlang:yield() || _ <- lists:seq(1, 800)], Main ! done end)),
        receive done -> ok end,
        Count = counters:get(Low, 1),
        t:emit(low, [Count > 20, Count < 400]),
        exit(A, kill),
        t:dead(A)
    end).

one_who_is_suspended_does_nothing() ->
    A = t:label(a, spawn(fun t:echo/0)),
    t:ping(A),
    timer:sleep(30),
    t:emit(suspend, erlang:suspend_process(A)),
    t:emit(status, status(A)),
    A ! {ping, self()},
    A ! something,
    t:emit(quiet, t:quiet()),
    t:emit(waiting, element(2, process_info(A, message_queue_len))),
    link(A),
    t:emit(links, element(2, process_info(A, links))),
    unlink(A),
    t:emit(alive, is_process_alive(A)),
    erlang:resume_process(A),
    receive {pong, A} -> t:emit(pong) end,
    t:ping(A),
    timer:sleep(30),
    t:emit(status, status(A)).

one_who_is_suspended_does_not_begin() ->
    Main = self(),
    A = t:label(a, spawn(fun() -> t:emit(begins), Main ! begun end)),
    B = t:label(b, spawn(fun() -> receive go -> ok end, C = t:label(c, spawn(fun() -> t:emit(begins), Main ! begun end)),
        erlang:suspend_process(C), Main ! {made, C}, receive stop -> erlang:resume_process(C) end, receive never -> ok end end)),
    receive begun -> t:dead(A) end,
    process_flag(priority, max),
    on_one_scheduler(fun() -> B ! go, receive {made, _} -> ok end end),
    t:emit(quiet, t:quiet()),
    t:emit(resumes),
    B ! stop,
    receive begun -> t:emit(begun) end,
    exit(B, kill),
    t:dead(B).

suspensions_are_counted() ->
    A = t:label(a, spawn(fun t:echo/0)),
    t:ping(A),
    timer:sleep(30),
    t:emit(suspend, [erlang:suspend_process(A), erlang:suspend_process(A), erlang:suspend_process(A, [unless_suspending])]),
    t:emit(suspending, [Times || {_, Times, _} <- element(2, process_info(self(), suspending))]),
    A ! {ping, self()},
    erlang:resume_process(A),
    t:emit(status, status(A)),
    t:emit(quiet, t:quiet()),
    erlang:resume_process(A),
    t:emit(pong, receive {pong, A} -> yes end),
    t:emit(resume, t:attempt(fun() -> erlang:resume_process(A) end)),
    t:emit(suspending, element(2, process_info(self(), suspending))).

the_death_of_a_suspender_resumes() ->
    Main = self(),
    A = t:label(a, spawn(fun t:echo/0)),
    t:ping(A),
    timer:sleep(30),
    S = t:label(s, spawn(fun() ->
        [erlang:suspend_process(A) || _ <- [1, 2, 3]],
        Main ! suspended,
        receive never -> ok end
    end)),
    receive suspended -> ok end,
    erlang:suspend_process(A),
    A ! {ping, self()},
    exit(S, kill),
    t:dead(S),
    t:emit(status, status(A)),
    t:emit(resume, t:attempt(fun() -> erlang:resume_process(A) end)),
    t:emit(pong, receive {pong, A} -> yes end),
    R = t:label(r, spawn(fun() -> erlang:suspend_process(A), Main ! suspended, receive never -> ok end end)),
    receive suspended -> ok end,
    A ! {ping, self()},
    t:emit(quiet, t:quiet()),
    exit(R, kill),
    t:emit(pong, receive {pong, A} -> yes end).

exits_reach_one_who_is_suspended() ->
    Main = self(),
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    B = t:label(b, spawn(fun() ->
        process_flag(trap_exit, true),
        Main ! traps,
        receive Message -> t:emit(message, Message) end,
        Main ! done
    end)),
    receive traps -> ok end,
    t:ping(element(1, A)),
    timer:sleep(30),
    [erlang:suspend_process(P) || P <- [element(1, A), B]],
    [exit(P, stop) || P <- [element(1, A), B]],
    t:emit(a, t:reason(A)),
    t:emit(resume, t:attempt(fun() -> erlang:resume_process(element(1, A)) end)),
    t:emit(quiet, t:quiet()),
    t:emit(b, element(2, process_info(B, messages))),
    t:emit(resumes),
    erlang:resume_process(B),
    receive done -> ok end.

timers_do_not_wake_one_who_is_suspended() ->
    Main = self(),
    A = t:label(a, spawn(fun() -> Main ! sleeps, timer:sleep(150), t:emit(wakes), Main ! awake end)),
    receive sleeps -> ok end,
    erlang:suspend_process(A),
    timer:sleep(250),
    t:emit(resumes),
    erlang:resume_process(A),
    t:emit(a, receive Message -> Message end).

who_cannot_be_suspended() ->
    D = t:label(d, spawn_monitor(fun() -> ok end)),
    t:reason(D),
    {Dead, _} = D,
    [t:emit(suspend, t:attempt(fun() -> erlang:suspend_process(P) end)) || P <- [self(), Dead, foo]],
    [t:emit(resume, t:attempt(fun() -> erlang:resume_process(P) end)) || P <- [self(), Dead, foo]].

reductions_grow() ->
    A = t:label(a, spawn(fun t:echo/0)),
    t:ping(A),
    Total = fun() -> element(1, statistics(reductions)) end,
    Of = fun(Pid) -> element(2, process_info(Pid, reductions)) end,
    Before = [Of(self()), Of(A), Total()],
    [begin t:ping(A), erlang:yield() end || _ <- lists:seq(1, 100)],
    After = [Of(self()), Of(A), Total()],
    t:emit(grown, [Now - Then >= 100 || {Then, Now} <- lists:zip(Before, After)]).
