-module(spawning).
-export([run/1, spawn_and_exit/1]).

run(#{count := Count}) ->
    Start = bench:now_ns(),
    spawn_and_exit(Count),
    bench:ns_each(Start, Count).

spawn_and_exit(Left) when Left =< 0 -> ok;
spawn_and_exit(Left) ->
    spawn_others(999),
    Parent = self(),
    spawn(fun() -> Parent ! done end),
    receive done -> spawn_and_exit(Left - 1000) end.

spawn_others(0) -> ok;
spawn_others(N) ->
    spawn(fun() -> ok end),
    spawn_others(N - 1).
