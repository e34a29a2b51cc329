-module(casting).
-behaviour(gen_server).
-export([run/1, init/1, handle_call/3, handle_cast/2]).

run(#{casts := Casts}) ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    gen_server:call(Server, sum),
    Start = bench:now_ns(),
    each(Server, 1, Casts),
    Casts = gen_server:call(Server, sum, infinity),
    Figure = bench:ns_each(Start, Casts),
    gen_server:stop(Server),
    Figure.

each(_, N, Last) when N > Last -> ok;
each(Server, N, Last) ->
    gen_server:cast(Server, {add, 1}),
    each(Server, N + 1, Last).

init([]) -> {ok, 0}.

handle_call(sum, _From, Sum) -> {reply, Sum, Sum}.

handle_cast({add, N}, Sum) -> {noreply, Sum + N}.
