-module(monitoring).
-export([run/1]).

run(#{pairs := Pairs}) ->
    Target = spawn(fun() -> receive From -> From ! seen end end),
    Start = bench:now_ns(),
    each(Target, Pairs),
    Target ! self(),
    receive seen -> ok end,
    bench:ns_each(Start, Pairs).

each(_, 0) -> ok;
each(Target, N) ->
    demonitor(monitor(process, Target)),
    each(Target, N - 1).
