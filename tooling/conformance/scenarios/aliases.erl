%% Aliases, and the calls that stand on them.
-module(aliases).
-compile(export_all).

an_alias_is_sent_to_until_it_ends() ->
    Alias = alias(),
    Alias ! one,
    receive Message -> t:emit(got, Message) end,
    t:emit(ended, unalias(Alias)),
    t:emit(again, unalias(Alias)),
    Alias ! two,
    t:emit(then, t:quiet()).

an_alias_for_one_reply() ->
    Alias = alias([reply]),
    t:label(a, spawn(fun() -> [Alias ! N || N <- [1, 2, 3]] end)),
    t:emit(got, t:quiet()),
    t:emit(then, t:quiet()),
    t:emit(ended, unalias(Alias)).

a_monitor_and_its_alias_end_with_one_reply() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Alias = monitor(process, A, [{alias, reply_demonitor}]),
    t:label(b, spawn(fun() -> [Alias ! M || M <- [one, two]] end)),
    receive Message -> t:emit(got, Message) end,
    t:emit(then, t:quiet()),
    t:emit(demonitored, demonitor(Alias, [info])),
    exit(A, stop),
    t:emit(later, t:quiet()).

an_alias_ends_with_its_monitor() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Alias = monitor(process, A, [{alias, demonitor}]),
    Alias ! one,
    Alias ! two,
    First = receive M1 -> M1 end,
    Second = receive M2 -> M2 end,
    t:emit(got, [First, Second]),
    t:emit(demonitored, demonitor(Alias, [info])),
    t:emit(again, demonitor(Alias, [info])),
    t:emit(ended, unalias(Alias)),
    Alias ! late,
    t:emit(then, t:quiet()).

an_alias_ends_with_the_down() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Alias = monitor(process, A, [{alias, demonitor}]),
    exit(A, stop),
    receive Down -> t:emit(down, Down) end,
    Alias ! late,
    t:emit(then, t:quiet()).

an_alias_outlives_its_monitor() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Alias = monitor(process, A, [{alias, explicit_unalias}]),
    t:emit(demonitored, demonitor(Alias, [info])),
    Alias ! still,
    t:emit(got, t:quiet()),
    t:emit(ended, unalias(Alias)),
    Alias ! late,
    t:emit(then, t:quiet()).

an_alias_outlives_the_down() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Alias = monitor(process, A, [{alias, explicit_unalias}]),
    exit(A, stop),
    t:emit(down, t:quiet(5000)),
    Alias ! still,
    t:emit(got, t:quiet(5000)),
    t:emit(demonitored, demonitor(Alias, [info])),
    t:emit(ended, unalias(Alias)).

unalias_leaves_the_monitor() ->
    [begin
        A = t:label(Mode, spawn(fun t:echo/0)),
        Alias = monitor(process, A, [{alias, Mode}]),
        t:emit(Mode, unalias(Alias)),
        Alias ! late,
        exit(A, stop),
        t:emit(Mode, t:quiet(5000))
    end || Mode <- [explicit_unalias, demonitor, reply_demonitor]],
    t:emit(then, t:quiet()).

of_itself_there_is_no_alias_either() ->
    [begin
        Ref = monitor(process, self(), [{alias, Mode}]),
        Ref ! hello,
        t:emit(ended, unalias(Ref))
    end || Mode <- [explicit_unalias, demonitor, reply_demonitor]],
    t:emit(then, t:quiet()).

what_is_under_way_when_its_monitor_ends_is_lost() ->
    A = t:label(a, spawn(fun t:echo/0)),
    Alias = monitor(process, A, [{alias, demonitor}]),
    Alias ! lost,
    t:emit(demonitored, demonitor(Alias, [info])),
    t:emit(mailbox, t:collect()),
    t:emit(then, t:quiet()).

what_came_through_an_alias_outlives_it() ->
    Main = self(),
    Alias = alias(),
    t:label(a, spawn(fun() -> Alias ! kept, Main ! done end)),
    receive done -> ok end,
    unalias(Alias),
    t:emit(mailbox, t:collect()).

what_is_under_way_when_an_alias_ends_is_lost() ->
    Alias = alias(),
    Alias ! lost,
    unalias(Alias),
    t:emit(mailbox, t:collect()),
    t:emit(then, t:quiet()).

an_alias_ends_only_by_its_owner() ->
    Alias = alias(),
    A = t:label(a, spawn_monitor(fun() -> t:emit(ended, unalias(Alias)) end)),
    t:reason(A),
    Alias ! still,
    t:emit(got, t:quiet()).

an_answer_comes_once() ->
    A = t:label(a, spawn(fun() ->
        receive {call, Ref, Question} -> t:answer(Ref, Question), t:answer(Ref, again) end,
        t:echo()
    end)),
    t:emit(call, t:call(A, question, 5000)),
    t:ping(A),
    exit(A, stop),
    t:dead(A),
    t:emit(then, t:quiet()).

a_late_answer_is_never_seen() ->
    A = t:label(a, spawn(fun() ->
        receive {call, Ref, _} -> receive answer_now -> t:answer(Ref, late) end end,
        t:echo()
    end)),
    t:emit(call, t:call(A, question, 30)),
    A ! answer_now,
    t:ping(A),
    t:emit(then, t:collect()).

a_call_to_one_who_dies() ->
    A = t:label(a, spawn(fun() -> receive {call, _, _} -> exit(overworked) end end)),
    t:emit(call, t:call(A, question, 5000)),
    t:emit(then, t:quiet()).

a_call_to_nobody() ->
    A = t:label(a, spawn_monitor(fun() -> ok end)),
    t:reason(A),
    t:emit(dead, t:call(element(1, A), question, 5000)),
    t:emit(nobody, t:call({nobody, node()}, question, 5000)),
    t:emit(nowhere, t:call({somebody, 'nowhere@127.0.0.1'}, question, 5000)),
    t:emit(then, t:quiet()).

what_was_sent_before_the_answer_is_there() ->
    Main = self(),
    A = t:label(a, spawn(fun() ->
        receive {call, Ref, _} -> [Main ! {part, N} || N <- [1, 2, 3]], t:answer(Ref, whole) end
    end)),
    t:emit(call, t:call(A, question, 5000)),
    t:emit(mailbox, t:collect()).

a_call_past_a_long_mailbox() ->
    A = t:label(a, spawn(fun() -> receive {call, Ref, _} -> t:answer(Ref, here) end end)),
    [self() ! N || N <- lists:seq(1, 1000)],
    t:emit(call, t:call(A, question, 5000)),
    t:emit(in_order, t:collect() =:= lists:seq(1, 1000)).

an_alias_ends_with_its_owner() ->
    Main = self(),
    A = t:label(a, spawn_monitor(fun() -> Main ! {alias, alias()} end)),
    receive {alias, Alias} -> ok end,
    t:reason(A),
    t:emit(sent, t:attempt(fun() -> Alias ! hello, true end)),
    t:emit(then, t:quiet()).

a_call_with_no_time() ->
    A = t:label(a, spawn(fun() -> receive {call, Ref, _} -> t:answer(Ref, late) end, t:echo() end)),
    t:emit(call, t:call(A, question, 0)),
    t:ping(A),
    t:emit(then, t:collect()).

a_call_to_itself() ->
    {raised, {Why, _}} = t:attempt(fun() -> gen_server:call(self(), question) end),
    t:emit(call, {raised, Why}).

a_caller_that_dies_is_not_answered() ->
    A = t:label(a, spawn(fun() ->
        receive {call, Ref, _} -> receive answer_now -> t:emit(answered, t:attempt(fun() -> t:answer(Ref, late), true end)) end end,
        t:echo()
    end)),
    B = t:label(b, spawn_monitor(fun() -> t:call(A, question, 5000), t:emit(got_it) end)),
    timer:sleep(20),
    exit(element(1, B), kill),
    t:emit(b, t:reason(B)),
    A ! answer_now,
    t:ping(A),
    t:emit(a_lives).
