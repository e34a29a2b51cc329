-module(fanin).
-export([run/1]).

run(#{senders := Senders, messages := Messages}) ->
    Driver = self(),
    Total = Senders * Messages,
    Receiver = spawn(fun() -> count(Total), Driver ! done end),
    Pids = [spawn(fun() -> receive go -> send_all(Receiver, Id, 0, Messages) end end) || Id <- lists:seq(1, Senders)],
    Start = bench:now_ns(),
    [Pid ! go || Pid <- Pids],
    receive done -> ok end,
    bench:ns_each(Start, Total).

send_all(_, _, Messages, Messages) -> ok;
send_all(To, From, N, Messages) ->
    To ! {From, N},
    send_all(To, From, N + 1, Messages).

count(0) -> ok;
count(Left) -> receive {_, _} -> count(Left - 1) end.
