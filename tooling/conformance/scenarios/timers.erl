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

a_cancel_that_answers_by_message() ->
    Ref = erlang:send_after(150, self(), hello),
    t:emit(returned, erlang:cancel_timer(Ref, [{async, true}])),
    receive {cancel_timer, R1, Left} -> t:emit(answer, [R1 =:= Ref, left(Left, 150)]) end,
    t:emit(again, erlang:cancel_timer(Ref, [{async, true}])),
    receive {cancel_timer, R2, None} -> t:emit(answer, [R2 =:= Ref, None]) end,
    t:emit(then, t:quiet(250)).

a_cancel_without_an_answer() ->
    Ref = erlang:send_after(100, self(), hello),
    t:emit(returned, erlang:cancel_timer(Ref, [{info, false}])),
    t:emit(again, erlang:cancel_timer(Ref, [{info, false}])),
    Other = erlang:send_after(100, self(), hello),
    t:emit(returned, erlang:cancel_timer(Other, [{async, true}, {info, false}])),
    t:emit(then, t:quiet(200)).

a_read_that_answers_by_message() ->
    Ref = erlang:send_after(100, self(), hello),
    t:emit(returned, erlang:read_timer(Ref, [{async, true}])),
    receive {read_timer, R1, Left} -> t:emit(answer, [R1 =:= Ref, left(Left, 100)]) end,
    receive Message -> t:emit(got, Message) end,
    erlang:read_timer(Ref, [{async, true}]),
    receive {read_timer, R2, None} -> t:emit(answer, [R2 =:= Ref, None]) end.

what_is_no_timer() ->
    t:emit(cancelled, erlang:cancel_timer(make_ref())),
    t:emit(no_ref, t:attempt(fun() -> erlang:cancel_timer(hello) end)),
    t:emit(no_ref, t:attempt(fun() -> erlang:read_timer(1) end)).

a_timer_at_an_instant() ->
    timer:sleep(100),
    Now = erlang:monotonic_time(millisecond),
    Ref = erlang:send_after(Now + 300, self(), second, [{abs, true}]),
    t:emit(left, left(erlang:read_timer(Ref), 300)),
    erlang:send_after(100, self(), first),
    t:emit(got, [receive M -> M end || _ <- [1, 2]]),
    t:emit(waited, t:elapsed(Now) >= 300),
    Wrapped = erlang:start_timer(Now + 350, self(), wrapped, [{abs, true}]),
    receive Timeout -> t:emit(got, Timeout), t:emit(same_ref, element(2, Timeout) =:= Wrapped) end.

an_instant_that_is_over() ->
    timer:sleep(100),
    Now = erlang:monotonic_time(millisecond),
    erlang:send_after(Now - 20, self(), b, [{abs, true}]),
    erlang:send_after(Now - 40, self(), a, [{abs, true}]),
    erlang:send_after(200, self(), later),
    t:emit(got, [receive M -> M end || _ <- [1, 2, 3]]).

bad_instants() ->
    t:emit(no_number, t:attempt(fun() -> erlang:send_after(soon, self(), hello, [{abs, true}]) end)),
    t:emit(too_far, t:attempt(fun() -> erlang:start_timer(1 bsl 60, self(), hello, [{abs, true}]) end)),
    t:emit(too_long, t:attempt(fun() -> erlang:send_after(1 bsl 60, self(), hello) end)).

monotonic_time_goes_forwards() ->
    Times = [begin erlang:yield(), erlang:monotonic_time(microsecond) end || _ <- lists:seq(1, 200)],
    t:emit(in_order, Times =:= lists:sort(Times)),
    Before = erlang:monotonic_time(millisecond),
    timer:sleep(30),
    t:emit(passed, erlang:monotonic_time(millisecond) - Before >= 30).

system_time_is_monotonic_time_and_the_offset() ->
    Sum = erlang:monotonic_time(millisecond) + erlang:time_offset(millisecond),
    t:emit(equal, abs(erlang:system_time(millisecond) - Sum) =< 1000),
    t:emit(after_2020, erlang:system_time(millisecond) > 1577836800000).

unique_integers() ->
    Main = self(),
    Take = fun() -> [erlang:unique_integer([monotonic, positive]) || _ <- lists:seq(1, 100)] end,
    Mine = Take(),
    t:emit(in_order, Mine =:= lists:sort(Mine)),
    t:emit(positive, hd(Mine) > 0),
    [spawn(fun() -> Main ! {took, Take()} end) || _ <- [1, 2]],
    Theirs = [receive {took, List} -> List end || _ <- [1, 2]],
    All = lists:append([Mine | Theirs]),
    t:emit(all_differ, length(lists:usort(All)) =:= 300).

the_time_offset_is_monitored() ->
    Ref = erlang:monitor(time_offset, clock_service),
    t:emit(then, t:quiet()),
    t:emit(ended, demonitor(Ref, [info])),
    t:emit(again, demonitor(Ref, [info])).
