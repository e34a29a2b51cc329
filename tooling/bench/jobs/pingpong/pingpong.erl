-module(pingpong).
-export([run/1]).

run(#{roundtrips := Roundtrips}) ->
    Pong = spawn_link(fun pong/0),
    Start = bench:now_ns(),
    ping(Pong, 1, Roundtrips),
    Figure = bench:ns_each(Start, Roundtrips),
    unlink(Pong),
    exit(Pong, kill),
    Figure.

ping(_, N, Last) when N > Last -> ok;
ping(To, N, Last) ->
    To ! {self(), N},
    receive {_, _} -> ping(To, N + 1, Last) end.

pong() ->
    receive {From, N} -> From ! {self(), N}, pong() end.
