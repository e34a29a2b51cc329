-module(ring).
-export([run/1]).

run(#{processes := Processes, laps := Laps}) ->
    Driver = self(),
    First = spawn(fun() -> receive {next, Next} -> link(Next, Driver) end end),
    Pids = build(Processes - 1, [First], Driver),
    First ! {next, hd(Pids)},
    %% One lap that does not count.
    First ! Processes,
    receive done -> ok end,
    Start = bench:now_ns(),
    First ! Processes * Laps,
    receive done -> ok end,
    Figure = bench:ns_each(Start, Processes * Laps),
    [exit(Pid, kill) || Pid <- Pids],
    Figure.

build(0, Pids, _) -> Pids;
build(N, [Next | _] = Pids, Driver) -> build(N - 1, [spawn(fun() -> link(Next, Driver) end) | Pids], Driver).

link(Next, Driver) ->
    receive
        0 -> Driver ! done, link(Next, Driver);
        Hops -> Next ! Hops - 1, link(Next, Driver)
    end.
