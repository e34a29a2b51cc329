%% Selective receive, after 0, deadlines.
-module(receives).
-compile(export_all).

the_first_that_matches_and_the_rest_in_order() ->
    [self() ! Message || Message <- [a1, b1, c1, a2, b2, c2]],
    [receive M when M =:= b1; M =:= b2 -> t:emit(b, M) end || _ <- [1, 2]],
    receive N when N =:= c2; N =:= a2 -> t:emit(a_or_c, N) end,
    t:emit(rest, t:collect()).

a_message_that_comes_while_it_waits() ->
    Main = self(),
    t:label(a, spawn(fun() -> [Main ! M || M <- [noise, more_noise, wanted, late]] end)),
    receive wanted -> t:emit(got, wanted) end,
    receive late -> t:emit(got, late) end,
    t:emit(rest, t:collect()).

after_zero_sees_what_was_sent_before() ->
    self() ! one,
    receive M1 -> t:emit(first, M1) after 0 -> t:emit(first, nothing) end,
    receive M2 -> t:emit(second, M2) after 0 -> t:emit(second, nothing) end,
    self() ! other,
    receive wanted -> t:emit(third, wanted) after 0 -> t:emit(third, nothing) end,
    t:emit(rest, t:collect()).

after_zero_sees_what_others_sent_before() ->
    Main = self(),
    B = t:label(b, spawn(fun() -> receive {ping, _} -> Main ! before, Main ! {pong, self()}, Main ! 'after' end end)),
    t:ping(B),
    receive before -> t:emit(got, before) after 0 -> t:emit(got, nothing) end.

the_deadline_is_set_once() ->
    Main = self(),
    Noise = t:label(noise, spawn(fun() -> noise(Main, 300) end)),
    Start = erlang:monotonic_time(millisecond),
    receive wanted -> ok after 100 -> ok end,
    t:emit(in_time, t:elapsed(Start) < 4000),
    t:emit(not_early, t:elapsed(Start) >= 99),
    exit(Noise, kill).

noise(_, 0) -> ok;
noise(Main, N) -> timer:sleep(15), Main ! noise, noise(Main, N - 1).

a_deadline_that_is_met() ->
    Main = self(),
    t:label(a, spawn(fun() -> timer:sleep(20), Main ! wanted end)),
    receive wanted -> t:emit(got, wanted) after 5000 -> t:emit(got, nothing) end,
    t:emit(then, t:quiet()).

only_what_came_after_the_ref() ->
    [self() ! {ref, old} || _ <- lists:seq(1, 100)],
    t:emit(waiting, element(2, process_info(self(), message_queue_len))),
    Ref = make_ref(),
    self() ! {Ref, new},
    receive {Ref, M} -> t:emit(got, M) end,
    t:emit(rest, length(t:collect())).

bad_deadlines() ->
    t:emit(negative, t:attempt(fun() -> receive never -> ok after id(-1) -> ok end end)),
    t:emit(no_number, t:attempt(fun() -> receive never -> ok after id(soon) -> ok end end)).

id(X) -> X.
