%% gen_event: handlers of one manager, each with its name as its state.
-module(events).
-compile(export_all).

%% — a handler: what it is told to do when an event names it —

init({{next, Name}, Left}) -> t:emit(took_over, [Name, Left]), {ok, Name};
init({refuse, Why}) -> {error, Why};
init(Name) -> t:emit(began, Name), {ok, Name}.

handle_event({What, Name}, Name) -> t:emit(event, [Name, What]), react(What, Name);
handle_event({What, _}, Name) -> t:emit(passed, [Name, What]), {ok, Name}.

react(note, Name) -> {ok, Name};
react(crash, _) -> error(boom);
react(bad, _) -> rubbish;
react(leave, _) -> remove_handler;
react(hand_over, Name) -> {swap_handler, leaving, Name, {events, heir}, {next, heir}};
react(rest, Name) -> {ok, Name, hibernate}.

handle_call(ask, Name) -> {ok, [answer, Name], Name};
handle_call(leave, _) -> {remove_handler, bye};
handle_call(hand_over, Name) -> {swap_handler, bye, leaving, Name, {events, heir}, {next, heir}};
handle_call(crash, _) -> error(boom);
handle_call(bad, _) -> rubbish.

handle_info({'EXIT', _, Reason}, Name) -> t:emit(exit, [Name, Reason]), {ok, Name};
handle_info(Info, Name) -> t:emit(info, [Name, Info]), {ok, Name}.

terminate(Why, Name) -> t:emit(ends, [Name, why(Why)]), [left, Name].

why({error, {'EXIT', {Reason, _}}}) -> [crash, Reason];
why({error, _}) -> bad;
why({stop, Reason}) -> [owner, Reason];
why(Why) -> Why.

%% — moves —

manager() ->
    {ok, Manager} = gen_event:start(),
    t:label(manager, Manager).

add(Manager, Name) -> gen_event:add_handler(Manager, {events, Name}, Name).
add_sup(Manager, Name) -> gen_event:add_sup_handler(Manager, {events, Name}, Name).
tell(Manager, What, Name) -> gen_event:sync_notify(Manager, {What, Name}).
which(Manager) -> [Id || {events, Id} <- gen_event:which_handlers(Manager)].

answer({error, {'EXIT', {Reason, _}}}) -> [crash, Reason];
answer({error, rubbish}) -> bad;
answer({error, Reason}) -> [error, Reason];
answer(Answer) -> Answer.

%% What the owner of a handler was told.
told() ->
    receive {gen_event_EXIT, {events, Id}, Reason} -> t:emit(told, [Id, exit_reason(Reason)])
    after 50 -> t:emit(told, nothing)
    end.

exit_reason({'EXIT', {Reason, _}}) -> [crash, Reason];
exit_reason({swapped, {events, Id}, Owner}) -> [swapped, Id, Owner];
exit_reason(rubbish) -> bad;
exit_reason(Reason) -> Reason.

%% — scenarios —

newest_first() ->
    M = manager(),
    [t:emit(add, add(M, Name)) || Name <- [a, b, c]],
    tell(M, note, a),
    t:emit(which, which(M)).

one_id_twice() ->
    M = manager(),
    gen_event:add_handler(M, {events, a}, first),
    t:emit(again, gen_event:add_handler(M, {events, a}, second)),
    t:emit(which, which(M)),
    t:emit(newer, gen_event:call(M, {events, a}, ask)),
    gen_event:delete_handler(M, {events, a}, newer),
    t:emit(older, gen_event:call(M, {events, a}, ask)).

a_handler_that_refuses() ->
    M = manager(),
    t:emit(add, answer(gen_event:add_handler(M, {events, a}, {refuse, no}))),
    t:emit(which, which(M)).

notify_does_not_wait() ->
    M = manager(),
    add(M, a),
    erlang:suspend_process(M),
    gen_event:notify(M, {note, a}),
    t:emit(notified),
    erlang:resume_process(M),
    tell(M, note, b).

sync_notify_waits_for_all() ->
    M = manager(),
    add(M, oldest),
    add(M, newest),
    tell(M, note, oldest),
    t:emit(done).

a_manager_that_is_dead() ->
    M = manager(),
    gen_event:stop(M),
    gen_event:notify(M, {note, a}),
    t:emit(notified),
    t:emit(sync, try tell(M, note, a) catch exit:{Reason, _} -> [exit, Reason]; exit:Reason -> [exit, Reason] end).

calls() ->
    M = manager(),
    [add(M, Name) || Name <- [a, b, c]],
    t:emit(ask, gen_event:call(M, {events, a}, ask)),
    t:emit(missing, answer(gen_event:call(M, {events, nobody}, ask))),
    t:emit(leave, gen_event:call(M, {events, b}, leave)),
    t:emit(hand_over, gen_event:call(M, {events, a}, hand_over)),
    t:emit(heir, gen_event:call(M, {events, heir}, ask)),
    t:emit(which, which(M)).

calls_that_fail() ->
    M = manager(),
    [add(M, Name) || Name <- [a, b, c]],
    t:emit(crash, answer(gen_event:call(M, {events, a}, crash))),
    t:emit(bad, answer(gen_event:call(M, {events, b}, bad))),
    t:emit(which, which(M)).

a_crash_removes_one() ->
    M = manager(),
    [add(M, Name) || Name <- [a, b, c]],
    tell(M, crash, b),
    t:emit(which, which(M)),
    tell(M, bad, c),
    t:emit(which, which(M)),
    tell(M, note, a).

a_handler_leaves_or_hands_over() ->
    M = manager(),
    [add(M, Name) || Name <- [a, b, c]],
    tell(M, hand_over, b),
    t:emit(which, which(M)),
    tell(M, leave, c),
    t:emit(which, which(M)).

an_owner_is_told() ->
    M = manager(),
    add_sup(M, a),
    gen_event:delete_handler(M, {events, a}, deleted),
    told(),
    add_sup(M, b),
    tell(M, crash, b),
    told(),
    add_sup(M, c),
    tell(M, bad, c),
    told(),
    add_sup(M, d),
    tell(M, leave, d),
    told(),
    add_sup(M, e),
    tell(M, hand_over, e),
    told(),
    gen_event:stop(M),
    told(),
    t:emit(then, t:quiet()).

an_owner_ends() ->
    M = manager(),
    add(M, free),
    {Owner, Ref} = t:label(owner, spawn_monitor(fun() -> add_sup(M, owned), t:emit(added), exit(gone) end)),
    t:emit(owner, t:reason({Owner, Ref})),
    t:emit(which, which(M)),
    tell(M, note, free).

an_owner_ends_normally() ->
    M = manager(),
    Made = t:label(owner, spawn_monitor(fun() -> add_sup(M, owned) end)),
    t:emit(owner, t:reason(Made)),
    t:emit(which, which(M)).

deleting() ->
    M = manager(),
    add(M, a),
    t:emit(deleted, gen_event:delete_handler(M, {events, a}, why)),
    t:emit(again, answer(gen_event:delete_handler(M, {events, a}, why))).

swapping() ->
    M = manager(),
    add(M, a),
    add(M, b),
    t:emit(swap, gen_event:swap_handler(M, {{events, a}, leaving}, {{events, c}, {next, c}})),
    t:emit(which, which(M)),
    t:emit(swap, gen_event:swap_handler(M, {{events, a}, leaving}, {{events, d}, {next, d}})),
    t:emit(which, which(M)).

swapping_with_an_owner() ->
    M = manager(),
    add(M, a),
    t:emit(swap, gen_event:swap_sup_handler(M, {{events, a}, leaving}, {{events, b}, {next, b}})),
    t:emit(swap, gen_event:swap_handler(M, {{events, b}, leaving}, {{events, c}, {next, c}})),
    told(),
    gen_event:delete_handler(M, {events, c}, why),
    told().

messages() ->
    M = manager(),
    add(M, a),
    add(M, b),
    M ! knock,
    tell(M, note, a).

stopping() ->
    M = manager(),
    add(M, a),
    add(M, b),
    gen_event:stop(M),
    t:emit(alive, is_process_alive(M)).

hibernating() ->
    M = manager(),
    add(M, a),
    add(M, b),
    t:emit(asleep, sleeps(M, 0)),
    tell(M, rest, b),
    t:emit(asleep, sleeps(M, 50)),
    tell(M, note, b),
    t:emit(asleep, sleeps(M, 0)).

sleeps(M, Tries) ->
    case process_info(M, current_function) of
        {_, {erlang, hibernate, 3}} -> true;
        _ when Tries > 0 -> receive after 1 -> sleeps(M, Tries - 1) end;
        _ -> false
    end.
