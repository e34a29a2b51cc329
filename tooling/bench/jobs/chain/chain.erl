-module(chain).
-export([run/1]).

run(#{processes := Processes}) ->
    Driver = self(),
    First = spawn(fun() -> link_of(Processes - 1, Driver) end),
    Last = receive {built, Pid} -> Pid end,
    Ref = monitor(process, Last),
    Start = bench:now_ns(),
    exit(First, broken),
    receive {'DOWN', Ref, process, Last, broken} -> ok end,
    bench:ns_each(Start, Processes).

link_of(0, Driver) ->
    Driver ! {built, self()},
    receive never -> ok end;
link_of(Below, Driver) ->
    spawn_link(fun() -> link_of(Below - 1, Driver) end),
    receive never -> ok end.
