-module(traffic).
-export([run/1]).

-define(TOKENS, 1000).

run(#{live := Live, messages := Messages, stalls := Stalls}) ->
    Driver = self(),
    Before = erlang:system_info(process_count),
    List = [spawn(fun() -> worker(Driver, 0) end) || _ <- lists:seq(2, Live)],
    %% Shared and never copied, as the list of the Agner half is.
    persistent_term:put(?MODULE, list_to_tuple(List)),
    circulate(?TOKENS),
    Start = bench:now_ns(),
    circulate(Messages),
    Value = bench:ns_each(Start, Messages),
    Stall = longest_stall(Stalls),
    [exit(Pid, kill) || Pid <- List],
    %% Erasing looks through the heaps of all processes: only once they are gone.
    bench:wait_until_gone(Before),
    persistent_term:erase(?MODULE),
    #{value => Value, stallMs => Stall / 1.0e6}.

worker(Driver, Seen) ->
    receive
        {0, _} -> Driver ! done, worker(Driver, Seen + 1);
        {Left, Seed} ->
            Next = bench:next_random(Seed),
            Pids = persistent_term:get(?MODULE),
            element(Next rem tuple_size(Pids) + 1, Pids) ! {Left - 1, Next},
            worker(Driver, Seen + 1)
    end.

circulate(Messages) ->
    Pids = persistent_term:get(?MODULE),
    Hops = (Messages + ?TOKENS - 1) div ?TOKENS,
    [start(1, Hops, bench:far_apart(N), Pids) || N <- lists:seq(1, ?TOKENS)],
    wait(?TOKENS).

start(0, _, Seed, _) -> Seed;
start(N, Hops, Seed, Pids) ->
    Next = bench:next_random(Seed),
    element(Next rem tuple_size(Pids) + 1, Pids) ! {Hops - 1, Next},
    start(N - 1, Hops, Next, Pids).

wait(0) -> ok;
wait(N) -> receive done -> wait(N - 1) end.

longest_stall(Intervals) -> longest_stall(Intervals, bench:far_apart(1), bench:now_ns(), 0, persistent_term:get(?MODULE)).

longest_stall(0, _, _, Longest, _) -> Longest;
longest_stall(N, Seed, From, Longest, Pids) ->
    Next = start(?TOKENS, 1, Seed, Pids),
    wait(?TOKENS),
    erlang:yield(),
    Now = bench:now_ns(),
    longest_stall(N - 1, Next, Now, max(Longest, Now - From), Pids).
