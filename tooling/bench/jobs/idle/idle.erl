-module(idle).
-export([run/1]).

run(#{live := Live}) ->
    Driver = self(),
    Before = bytes_of_others(),
    Pids = spawn_waiting(Live - 2, []),
    Last = spawn(fun() -> Driver ! all, receive _ -> ok end end),
    receive all -> ok end,
    Figure = (bytes_of_others() - Before) / (Live - 1),
    [exit(Pid, kill) || Pid <- [Last | Pids]],
    Figure.

%% The list of pids, which ends them later, is on the heap of the driver.
bytes_of_others() ->
    Total = bench:live_bytes(),
    {memory, Own} = process_info(self(), memory),
    Total - Own.

spawn_waiting(0, Pids) -> Pids;
spawn_waiting(N, Pids) -> spawn_waiting(N - 1, [spawn(fun() -> receive _ -> ok end end) | Pids]).
