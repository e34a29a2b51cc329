%% Registered names, and sending to nobody.
-module(names).
-compile(export_all).

a_process_has_one_name_and_a_name_one_process() ->
    A = t:label(a, spawn(fun t:echo/0)),
    D = t:label(d, spawn_monitor(fun() -> ok end)),
    t:reason(D),
    t:emit(first, t:attempt(fun() -> register(one, A) end)),
    t:emit(second, t:attempt(fun() -> register(two, A) end)),
    t:emit(taken, t:attempt(fun() -> register(one, self()) end)),
    t:emit(dead, t:attempt(fun() -> register(three, element(1, D)) end)),
    t:emit(no_name, t:attempt(fun() -> register(undefined, self()) end)),
    t:emit(unknown, t:attempt(fun() -> unregister(nobody) end)),
    t:emit(one, whereis(one)),
    t:emit(two, whereis(two)),
    t:emit(unregister, t:attempt(fun() -> unregister(one) end)),
    t:emit(gone, whereis(one)),
    t:emit(another, t:attempt(fun() -> register(two, A) end)),
    t:emit(two, whereis(two)).

a_name_ends_with_its_process() ->
    A = t:label(a, spawn_monitor(fun t:echo/0)),
    register(server, element(1, A)),
    t:emit(before, whereis(server)),
    exit(element(1, A), stop),
    t:reason(A),
    t:emit(later, whereis(server)),
    B = t:label(b, spawn(fun t:echo/0)),
    t:emit(again, t:attempt(fun() -> register(server, B) end)).

a_name_is_resolved_when_sent_to() ->
    Main = self(),
    Tell = fun() -> receive Message -> Main ! {self(), Message} end end,
    A = t:label(a, spawn(Tell)),
    B = t:label(b, spawn(Tell)),
    register(server, A),
    server ! one,
    receive First -> t:emit(first, First) end,
    catch unregister(server),
    register(server, B),
    server ! two,
    receive Second -> t:emit(second, Second) end.

sending_to_nobody() ->
    D = t:label(d, spawn_monitor(fun() -> ok end)),
    t:reason(D),
    t:emit(dead, t:attempt(fun() -> element(1, D) ! hello, true end)),
    t:emit(name_here, t:attempt(fun() -> {nobody, node()} ! hello, true end)),
    t:emit(name_there, t:attempt(fun() -> {nobody, 'nowhere@127.0.0.1'} ! hello, true end)),
    t:emit(no_name, t:attempt(fun() -> nobody ! hello, true end)),
    t:emit(alive, is_process_alive(element(1, D))).

signals_to_the_dead_do_nothing() ->
    D = t:label(d, spawn_monitor(fun() -> ok end)),
    t:reason(D),
    t:emit(exit, t:attempt(fun() -> exit(element(1, D), kill) end)),
    t:emit(unlink, t:attempt(fun() -> unlink(element(1, D)) end)),
    t:emit(alive, is_process_alive(element(1, D))),
    t:emit(then, t:quiet()).
