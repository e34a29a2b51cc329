%% What a process keeps, who leads it, what others can know of it, and what is told when it crashes.
-module(info).
-compile(export_all).

waits() -> receive never -> ok end.

the_dictionary() ->
    t:emit(put, put(a, 1)),
    t:emit(put, put(a, 2)),
    t:emit(get, get(a)),
    t:emit(get, get(b)),
    put(b, [two]),
    t:emit(keys, lists:sort(get_keys())),
    t:emit(all, lists:sort(get())),
    t:emit(erase, erase(a)),
    t:emit(erase, erase(a)),
    t:emit(erase_all, erase()),
    t:emit(all, get()).

a_dictionary_is_private() ->
    put(mine, 1),
    A = t:label(a, spawn(fun Loop() ->
        receive
            {put, Value} -> put(theirs, Value);
            Asker -> Asker ! get()
        end,
        Loop()
    end)),
    A ! self(),
    receive First -> t:emit(a, First) end,
    A ! {put, 2},
    A ! self(),
    receive Second -> t:emit(a, Second) end,
    t:emit(info, element(2, process_info(A, dictionary))),
    t:emit(mine, get()).

what_waits_can_be_seen() ->
    A = t:label(a, spawn(fun waits/0)),
    [begin
        A ! Part,
        [{message_queue_len, Length}, {messages, Messages}] = process_info(A, [message_queue_len, messages]),
        t:emit(seen, [Length, Messages])
    end || Part <- [1, [two], #{three => 3}]].

what_a_process_does_can_be_seen() ->
    A = t:label(a, spawn(fun t:echo/0)),
    t:ping(A),
    timer:sleep(30),
    t:emit(a, element(2, process_info(A, status))),
    t:emit(main, element(2, process_info(self(), status))).

what_a_process_was_spawned_as() ->
    A = t:label(a, spawn(?MODULE, waits, [])),
    t:emit(initial_call, process_info(A, initial_call) =:= {initial_call, {?MODULE, waits, 0}}),
    t:emit(parent, element(2, process_info(A, parent))).

of_the_dead_nothing_is_known() ->
    D = t:label(d, spawn_monitor(fun() -> ok end)),
    t:reason(D),
    t:emit(all, process_info(element(1, D))),
    t:emit(items, process_info(element(1, D), [links])),
    t:emit(no_item, t:attempt(fun() -> process_info(self(), [hd([colour])]) end)).

info_is_in_step_with_signals() ->
    A = t:label(a, spawn(fun waits/0)),
    A ! something,
    link(A),
    t:emit(links, element(2, process_info(A, links))),
    A ! something,
    group_leader(self(), A),
    t:emit(leader, element(2, process_info(A, group_leader))),
    A ! something,
    unlink(A),
    t:emit(links, element(2, process_info(A, links))),
    A ! something,
    exit(A, stop),
    t:emit(dead, process_info(A)).

a_group_leader_is_inherited() ->
    Main = self(),
    L = t:label(l, spawn(fun t:echo/0)),
    group_leader(L, self()),
    t:emit(mine, group_leader()),
    spawn(fun() ->
        Main ! group_leader(),
        spawn(fun() -> Main ! group_leader() end)
    end),
    receive Child -> t:emit(child, Child) end,
    receive Grandchild -> t:emit(grandchild, Grandchild) end.

a_group_leader_can_be_changed() ->
    Main = self(),
    L = t:label(l, spawn(fun t:echo/0)),
    M = t:label(m, spawn(fun t:echo/0)),
    group_leader(L, self()),
    A = t:label(a, spawn(fun Loop() ->
        receive spawn -> Main ! spawn(fun t:echo/0) end,
        Loop()
    end)),
    A ! spawn,
    Before = t:label(before, receive P -> P end),
    group_leader(M, A),
    t:emit(a, leader_of(A)),
    A ! spawn,
    After = t:label('after', receive Q -> Q end),
    t:emit(before, leader_of(Before)),
    t:emit('after', leader_of(After)),
    t:emit(main, group_leader()).

leader_of(Pid) -> element(2, process_info(Pid, group_leader)).

a_group_leader_of_the_dead() ->
    L = t:label(l, spawn(fun t:echo/0)),
    D = t:label(d, spawn_monitor(fun() -> ok end)),
    t:reason(D),
    t:emit(dead, t:attempt(fun() -> group_leader(L, element(1, D)) end)),
    t:emit(no_pid, t:attempt(fun() -> group_leader(hd([foo]), self()) end)),
    t:emit(by_the_dead, t:attempt(fun() -> group_leader(element(1, D), L) end)),
    t:emit(leader, leader_of(L)).

what_is_told_of_a_crash() ->
    logger:set_primary_config(level, error),
    logger:remove_handler(t),
    ok = logger:add_handler(t, ?MODULE, #{level => error, config => #{to => self()}}),
    Main = self(),
    [Near, Far, Traps, Hidden] = All = [t:label(Label, spawn(fun obeys/0)) || Label <- [near, far, traps, hidden]],
    Near ! {link, Far},
    Traps ! {link, Hidden},
    Traps ! trap,
    [t:ping(P) || P <- [Near, Traps]],
    Child = fun() ->
        put(key, value),
        [link(P) || P <- [Near, Traps]],
        self() ! one,
        self() ! two,
        Main ! self(),
        receive go -> error(boom) end
    end,
    Parent = t:label(parent, proc_lib:spawn(fun() -> proc_lib:spawn(Child), waits() end)),
    Crashing = t:label(child, receive Made when is_pid(Made) -> Made end),
    Crashing ! go,
    {Crash, Neighbours} = receive {crash, C, N} -> {C, N} end,
    Told = fun(Item) -> proplists:get_value(Item, Crash) end,
    t:emit(pid, Told(pid)),
    t:emit(ancestors, [position(P, [Parent, Main]) || P <- Told(ancestors)]),
    t:emit(waiting, Told(message_queue_len)),
    t:emit(dictionary, Told(dictionary)),
    t:emit(trapped, Told(trap_exit)),
    t:emit(links, [lists:member(P, Told(links)) || P <- All]),
    Reached = [proplists:get_value(pid, Info) || {neighbour, Info} <- Neighbours],
    t:emit(neighbours, [lists:member(P, Reached) || P <- All]).

log(#{msg := {report, #{label := {proc_lib, crash}, report := [Own, Neighbours]}}}, #{config := #{to := To}}) ->
    To ! {crash, Own, Neighbours};
log(_, _) -> ok.

obeys() ->
    receive
        {link, P} -> link(P);
        trap -> process_flag(trap_exit, true);
        {ping, From} -> From ! {pong, self()}
    end,
    obeys().

position(P, [P | _]) -> 0;
position(P, [_ | Rest]) -> 1 + position(P, Rest).
