-module(longbox).
-export([run/1]).

run(#{length := Length, messages := Messages}) ->
    ns_per_message(Messages),
    BytesBefore = bench:live_bytes(),
    NsBefore = ns_per_message(Messages),
    fill(Length),
    drain(Length),
    BytesAfter = bench:live_bytes(),
    NsAfter = ns_per_message(Messages),
    #{times => NsAfter / NsBefore, memoryTimes => BytesAfter / BytesBefore}.

ns_per_message(Messages) ->
    Start = bench:now_ns(),
    each(Messages),
    bench:ns_each(Start, Messages).

each(0) -> ok;
each(N) ->
    self() ! {n, N},
    receive {n, _} -> each(N - 1) end.

fill(0) -> ok;
fill(N) -> self() ! {n, N}, fill(N - 1).

drain(0) -> ok;
drain(N) -> receive {n, _} -> drain(N - 1) end.
