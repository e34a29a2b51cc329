-module(remotecasts).
-behaviour(gen_server).
-export([prepare/0, run/1, init/1, handle_call/3, handle_cast/2]).

prepare() -> bench_far:prepare().

run(#{casts := Casts, bytes := Bytes, text := Text, kib := Kib}) ->
    {ok, Server} = bench_far:start(?MODULE, [], []),
    0 = gen_server:call(Server, taken),
    What = if
        Bytes > 0 -> same(binary:copy(<<7>>, Bytes));
        Text > 0 -> same(binary:copy(<<"x">>, Text));
        Kib > 0 -> same(order:new());
        true -> fun(N) -> #{id => N, name => <<"agner">>, ok => true} end
    end,
    Start = bench:now_ns(),
    each(Server, What, 1, Casts),
    Casts = gen_server:call(Server, taken, infinity),
    Seconds = (bench:now_ns() - Start) / 1.0e9,
    ok = bench_far:stop(Server),
    #{perSecond => Casts / Seconds, mbPerSecond => Casts * Bytes / 1.0e6 / Seconds}.

same(Value) -> fun(_) -> Value end.

%% A sender to a node that is slow is suspended.
each(_, _, N, Last) when N > Last -> ok;
each(Server, What, N, Last) ->
    gen_server:cast(Server, {take, What(N)}),
    each(Server, What, N + 1, Last).

init([]) -> {ok, 0}.

handle_call(taken, _From, Taken) -> {reply, Taken, Taken}.

handle_cast({take, _}, Taken) -> {noreply, Taken + 1}.
