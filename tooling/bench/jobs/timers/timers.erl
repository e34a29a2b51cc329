-module(timers).
-export([run/1]).

run(#{timers := Timers}) ->
    Self = self(),
    Start = bench:now_ns(),
    Refs = start(0, Timers, Self, []),
    cancel(lists:reverse(Refs)),
    bench:ns_each(Start, Timers).

start(N, N, _, Refs) -> Refs;
start(I, N, Self, Refs) ->
    start(I + 1, N, Self, [erlang:send_after(60000 + I * 7919 rem 100003, Self, I) | Refs]).

cancel([]) -> ok;
cancel([Ref | Refs]) ->
    erlang:cancel_timer(Ref),
    cancel(Refs).
