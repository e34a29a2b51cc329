-module(selective).
-export([run/1]).

run(#{unread := Unread, receives := Receives}) ->
    [self() ! {other, N} || N <- lists:seq(1, Unread)],
    receive_wanted(0),
    Start = bench:now_ns(),
    each(1, Receives),
    bench:ns_each(Start, Receives).

each(N, Last) when N > Last -> ok;
each(N, Last) ->
    receive_wanted(N),
    each(N + 1, Last).

receive_wanted(N) ->
    self() ! {wanted, N},
    receive {wanted, N} -> ok end.
