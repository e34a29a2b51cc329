%% Plays scenarios one after the other, each in a fresh process with a time limit, and prints one line of JSON for each play:
%% {"topic","name","round","labels":{"<0.1.0>":"a"},"events":[["<0.1.0>","what",Data]]}. Values are as in raw.ts.
%%
%% A scenario says in milliseconds what comes before what. Where the machine stands still for longer than those are apart, its play says nothing,
%% whatever came of it, and is played again: some times at most, since a scenario may be what holds the machine.
-module(judge).
-export([main/3]).

-define(LIMIT_MS, 20000).
-define(TICK_MS, 2).
-define(LATE_MS, 8).

main(Rounds, Again, Scenarios) ->
    logger:remove_handler(default),
    register(judge_pulse, spawn_opt(fun() -> pulse(now_ms(), 0) end, [{priority, high}])),
    t:open(),
    [{module, _} = code:ensure_loaded(Topic) || {Topic, _} <- Scenarios],
    [print(Topic, Name, Round, undisturbed(Topic, Name, Again)) || Round <- lists:seq(1, Rounds), {Topic, Name} <- Scenarios],
    halt(0).

undisturbed(Topic, Name, Again) ->
    held(),
    Played = play(Topic, Name),
    case held() of
        Ms when Ms > ?LATE_MS, Again > 0 -> undisturbed(Topic, Name, Again - 1);
        _ -> Played
    end.

%% For how long the machine stood still, at worst, since this was asked before.
held() ->
    judge_pulse ! {held, self()},
    receive {held_for, Ms} -> Ms end.

pulse(Last, Worst) ->
    receive
        {held, From} ->
            From ! {held_for, max(Worst, late(Last))},
            pulse(now_ms(), 0)
    after ?TICK_MS ->
        pulse(now_ms(), max(Worst, late(Last)))
    end.

late(Last) -> now_ms() - Last - ?TICK_MS.

now_ms() -> erlang:monotonic_time(millisecond).

play(Topic, Name) ->
    t:clear(),
    peers:reset(),
    Before = processes(),
    {Main, Ref} = spawn_monitor(fun() -> t:label(main, self()), Topic:Name() end),
    Reason = receive {'DOWN', Ref, process, Main, R} -> R after ?LIMIT_MS -> exit(Main, kill), hang end,
    ets:insert(t_events, {erlang:unique_integer([monotonic]), Main, ended, Reason}),
    Played = {ets:tab2list(t_labels), ets:tab2list(t_events)},
    [exit(P, kill) || P <- (processes() -- Before) -- peers:processes()],
    Played.

print(Topic, Name, Round, {Labels, Events}) ->
    Line = object([
        {<<"topic">>, json(Topic)}, {<<"name">>, json(Name)}, {<<"round">>, json(Round)},
        {<<"labels">>, object([{pid_to_list(P), json(L)} || {P, L} <- Labels])},
        {<<"events">>, array([array([text(pid_to_list(P)), json(What), json(Data)]) || {_, P, What, Data} <- Events])}]),
    %% A peer that has just ended may not have ended its last line.
    io:put_chars([$\n, Line, $\n]).

json({'DOWN', Ref, process, Object, Reason}) ->
    object([{type, json(down)}, {ref, json(Ref)}, {process, json(Object)}, {reason, json(Reason)}]);
json({'EXIT', From, Reason}) -> object([{type, json(exit)}, {from, json(From)}, {reason, json(Reason)}]);
json({timeout, Ref, Message}) when is_reference(Ref) ->
    object([{type, json(timeout)}, {ref, json(Ref)}, {message, json(Message)}]);
json({shutdown, Why}) -> object([{shutdown, json(Why)}]);
json({raised, {Reason, Stack}}) when is_list(Stack) -> object([{raised, json(Reason)}]);
json({raised, Reason}) -> object([{raised, json(Reason)}]);
json({Reason, [Frame | _]}) when tuple_size(Frame) =:= 4 -> object([{error, json(Reason)}]);
json({Name, Node}) when is_atom(Name), Node =:= node() -> object([{name, json(Name)}]);
json({Name, Node}) when is_atom(Name), Node =:= 'nowhere@127.0.0.1' -> object([{name, json(Name)}, {node, json(Node)}]);
json(Pid) when is_pid(Pid) -> object([{<<"$pid">>, text(pid_to_list(Pid))}]);
json(Ref) when is_reference(Ref) -> object([{<<"$ref">>, text(ref_to_list(Ref))}]);
json(true) -> <<"true">>;
json(false) -> <<"false">>;
json(Atom) when is_atom(Atom) -> text(atom_to_list(Atom));
json(Number) when is_integer(Number) -> integer_to_list(Number);
json(Text) when is_binary(Text) -> text(binary_to_list(Text));
json(List) when is_list(List) -> array([json(Part) || Part <- List]);
json(Tuple) when is_tuple(Tuple) -> json(tuple_to_list(Tuple));
json(Map) when is_map(Map) -> object([{Key, json(Value)} || {Key, Value} <- maps:to_list(Map)]).

text(Chars) -> [$", [escape(Char) || Char <- Chars], $"].

escape($") -> <<"\\\"">>;
escape($\\) -> <<"\\\\">>;
escape(Char) when Char < 32; Char > 126 -> io_lib:format("\\u~4.16.0b", [Char]);
escape(Char) -> Char.

array(Parts) -> [$[, lists:join($,, Parts), $]].

object(Pairs) -> [${, lists:join($,, [[text(key(Key)), $:, Value] || {Key, Value} <- Pairs]), $}].

key(Key) when is_atom(Key) -> atom_to_list(Key);
key(Key) when is_binary(Key) -> binary_to_list(Key);
key(Key) -> Key.
