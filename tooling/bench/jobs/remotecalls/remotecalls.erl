-module(remotecalls).
-behaviour(gen_server).
-export([prepare/0, run/1, init/1, handle_call/3, handle_cast/2]).

prepare() -> bench_far:prepare().

run(#{clients := Clients, calls := Calls, kib := Kib}) ->
    {ok, Server} = bench_far:start(?MODULE, [], []),
    {sum, 1} = gen_server:call(Server, {add, 0}),
    Ask = case Kib of
        0 -> fun(N) -> {sum, Sum} = gen_server:call(Server, {add, N}), Sum = N + 1 end;
        1 ->
            Order = order:new(),
            fun(_) -> {echo, #{id := 123456}} = gen_server:call(Server, {echo, Order}) end
    end,
    Start = bench:now_ns(),
    Made = [spawn_monitor(fun() -> exit({took, each(Ask, 1, Calls, [])}) end) || _ <- lists:seq(1, Clients)],
    Took = [receive {'DOWN', Ref, process, _, {took, Each}} -> Each end || {_, Ref} <- Made],
    End = bench:now_ns(),
    ok = bench_far:stop(Server),
    Sorted = lists:sort(lists:append(Took)),
    Count = Clients * Calls,
    #{
        p50Us => lists:nth((Count + 1) div 2, Sorted) / 1000,
        p99Us => lists:nth(max(1, (Count * 99) div 100), Sorted) / 1000,
        perSecond => Count / (End - Start) * 1.0e9
    }.

each(_, N, Last, Took) when N > Last -> Took;
each(Ask, N, Last, Took) ->
    Start = bench:now_ns(),
    Ask(N),
    each(Ask, N + 1, Last, [bench:now_ns() - Start | Took]).

init([]) -> {ok, 0}.

handle_call({add, N}, _From, Calls) -> {reply, {sum, N + 1}, Calls + 1};
handle_call({echo, Order}, _From, Calls) -> {reply, {echo, Order}, Calls + 1}.

handle_cast(_, Calls) -> {noreply, Calls}.
