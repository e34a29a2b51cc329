%% Timers.
-module(timers).
-compile(export_all).

what_a_timer_sends() ->
    erlang:send_after(5, self(), plain),
    receive M -> t:emit(got, M) end,
    Ref = erlang:start_timer(5, self(), wrapped),
    receive Timeout -> t:emit(got, Timeout), t:emit(same_ref, element(2, Timeout) =:= Ref) end.

a_timer_to_a_name_looks_it_up_when_it_fires() ->
    Main = self(),
    Tell = fun() -> receive Message -> Main ! {self(), Message} end end,
    A = t:label(a, spawn(Tell)),
    B = t:label(b, spawn(Tell)),
    register(server, A),
    erlang:send_after(40, server, hello),
    unregister(server),
    register(server, B),
    receive Got -> t:emit(got, Got) end,
    t:emit(then, t:quiet()).

a_timer_to_a_name_that_nobody_has() ->
    erlang:send_after(5, nobody, hello),
    t:emit(then, t:quiet()).

a_timer_that_is_cancelled() ->
    Ref = erlang:send_after(50, self(), hello),
    t:emit(left, left(erlang:cancel_timer(Ref), 50)),
    t:emit(again, erlang:cancel_timer(Ref)),
    t:emit(read, erlang:read_timer(Ref)),
    t:emit(then, t:quiet(100)).

left(false, _) -> false;
left(Ms, Most) -> Ms > 0 andalso Ms =< Most.

a_timer_that_has_fired() ->
    Ref = erlang:send_after(10, self(), hello),
    timer:sleep(40),
    t:emit(read, erlang:read_timer(Ref)),
    t:emit(cancelled, erlang:cancel_timer(Ref)),
    t:emit(mailbox, t:collect()).

a_timer_that_is_read() ->
    Ref = erlang:send_after(5000, self(), hello),
    t:emit(left, left(erlang:read_timer(Ref), 5000)),
    t:emit(still, left(erlang:read_timer(Ref), 5000)),
    erlang:cancel_timer(Ref),
    t:emit(unknown, erlang:read_timer(make_ref())).

anyone_may_cancel() ->
    Ref = erlang:send_after(50, self(), hello),
    A = t:label(a, spawn_monitor(fun() -> t:emit(left, left(erlang:cancel_timer(Ref), 50)) end)),
    t:reason(A),
    t:emit(then, t:quiet(100)).

a_timer_ends_with_whom_it_is_for() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Ref = erlang:send_after(5000, A, hello),
    t:emit(left, left(erlang:read_timer(Ref), 5000)),
    exit(A, stop),
    t:dead(A),
    timer:sleep(20),
    t:emit(left, left(erlang:read_timer(Ref), 5000)).

a_timer_outlives_its_creator() ->
    Main = self(),
    A = t:label(a, spawn_monitor(fun() -> erlang:send_after(30, Main, hello) end)),
    t:emit(a, t:reason(A)),
    t:emit(got, t:quiet(5000)).

a_timer_for_weeks() ->
    Ms = 16#80000000 + 1000,
    Ref = erlang:send_after(Ms, self(), hello),
    t:emit(then, t:quiet(30)),
    t:emit(long, erlang:read_timer(Ref) > 16#7fffffff),
    erlang:send_after(20, self(), in_time),
    receive Message -> t:emit(got, Message) after Ms -> t:emit(got, nothing) end.

equal_deadlines_fire_in_order() ->
    [erlang:send_after(30, self(), N) || N <- lists:seq(1, 10)],
    t:emit(got, [receive N -> N end || _ <- lists:seq(1, 10)]).

earlier_deadlines_fire_first() ->
    [erlang:send_after(Ms, self(), Ms) || Ms <- [250, 10, 130]],
    t:emit(got, [receive Ms -> Ms end || _ <- [1, 2, 3]]).

bad_times() ->
    t:emit(negative, t:attempt(fun() -> erlang:send_after(-1, self(), hello) end)),
    t:emit(no_number, t:attempt(fun() -> erlang:start_timer(soon, self(), hello) end)).

a_timer_of_no_time() ->
    erlang:send_after(0, self(), hello),
    receive Message -> t:emit(got, Message) end.

a_timer_for_the_dead() ->
    A = t:label(a, spawn_monitor(fun() -> ok end)),
    t:reason(A),
    Ref = erlang:send_after(5000, element(1, A), hello),
    t:emit(read, erlang:read_timer(Ref)),
    t:emit(cancelled, erlang:cancel_timer(Ref)).
