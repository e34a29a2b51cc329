%% What a process may change about itself, and what that changes for others.
-module(flags).
-compile(export_all).

a_flag_gives_its_old_value() ->
    [t:emit(Flag, [process_flag(Flag, Value) || Value <- Values]) || {Flag, Values} <- [
        {trap_exit, [true, true, false, false]},
        {priority, [high, max, low, normal, normal]},
        {sensitive, [true, true, false, false]}
    ]].

what_is_no_flag_is_refused() ->
    [t:emit(Flag, [t:attempt(fun() -> process_flag(Flag, Value) end) || Value <- Values]) || {Flag, Values} <- [
        {colour, [true]},
        {trap_exit, [yes, 1]},
        {priority, [highest, true, 3]},
        {sensitive, [yes, 0]}
    ]],
    t:emit(now, [element(2, process_info(self(), Item)) || Item <- [trap_exit, priority]]).

flags_are_not_inherited() ->
    Main = self(),
    [process_flag(Flag, Value) || {Flag, Value} <- [{trap_exit, true}, {priority, high}, {sensitive, true}]],
    Child = fun() ->
        [{trap_exit, Trap}, {priority, Priority}] = process_info(self(), [trap_exit, priority]),
        Main ! [Trap, Priority, process_flag(sensitive, false)]
    end,
    spawn(Child),
    receive First -> t:emit(spawned, First) end,
    spawn_opt(Child, [{priority, low}]),
    receive Second -> t:emit(with_priority, Second) end,
    t:emit(bad, t:attempt(fun() -> spawn_opt(Child, [{priority, hd([highest])}]) end)).

what_is_sensitive_is_not_shown() ->
    A = t:label(a, spawn(fun Loop() ->
        receive
            {sensitive, On} -> process_flag(sensitive, On), put(key, secret);
            {ping, From} -> From ! {pong, self()}
        end,
        Loop()
    end)),
    [begin
        A ! {sensitive, On},
        t:ping(A),
        A ! secret,
        [{messages, Messages}, {dictionary, Dictionary}] = process_info(A, [messages, dictionary]),
        t:emit(shown, [Messages, Dictionary])
    end || On <- [true, false, true]].
