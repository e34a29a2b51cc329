%% One node of a cluster of Erlang with `global`: takes orders from stdin, a line each, and answers each with a line of JSON.
%% agner-node.ts is the same for Agner.
-module(names_node).
-export([main/1]).

%% Others: the nodes that share names with this one.
main(Others) ->
    logger:remove_handler(default),
    Owner = spawn(fun() -> receive never -> ok end end),
    say(["{\"ready\":\"", atom_to_list(node()), "\"}"]),
    loop(Others, Owner, 0).

loop(Others, Owner, Count) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            [Order | Rest] = string:lexemes(Line, " \n"),
            Argument = case Rest of [] -> 0; [Number] -> list_to_integer(Number) end,
            loop(Others, Owner, obey(Order, Argument, Others, Owner, Count))
    end.

obey("together", _, Others, _, Count) ->
    [net_kernel:connect_node(Node) || Node <- Others],
    Together = until(fun() -> Others -- nodes() =:= [] end, 600),
    global:sync(),
    say(io_lib:format("{\"together\":~p,\"nodes\":~p}", [Together, length(nodes())])),
    Count;
obey("latency", Pairs, _, Owner, Count) ->
    Taken = [pair(Owner, Count + I) || I <- lists:seq(1, Pairs)],
    Show = fun(Times) -> lists:join(",", [io_lib:format("~.1f", [Time / 1000]) || Time <- Times]) end,
    {Register, Unregister} = lists:unzip(Taken),
    say(["{\"register\":[", Show(Register), "],\"unregister\":[", Show(Unregister), "]}"]),
    Count + Pairs;
obey("contend", ForMs, _, Owner, Count) ->
    Pairs = contend(Owner, Count, 0, erlang:monotonic_time(millisecond), ForMs),
    say(io_lib:format("{\"pairs\":~p}", [Pairs])),
    Count + Pairs + 1.

%% Nanoseconds of each.
pair(Owner, Number) ->
    Name = {node(), Number},
    Began = erlang:monotonic_time(nanosecond),
    yes = global:register_name(Name, Owner),
    Registered = erlang:monotonic_time(nanosecond),
    global:unregister_name(Name),
    {Registered - Began, erlang:monotonic_time(nanosecond) - Registered}.

contend(Owner, Count, Pairs, Began, ForMs) ->
    pair(Owner, Count + Pairs + 1),
    case erlang:monotonic_time(millisecond) - Began >= ForMs of
        true -> Pairs;
        false -> contend(Owner, Count, Pairs + 1, Began, ForMs)
    end.

until(_, 0) -> false;
until(Fun, Times) ->
    case Fun() of
        true -> true;
        false -> timer:sleep(50), until(Fun, Times - 1)
    end.

say(Text) -> io:put_chars([Text, $\n]).
