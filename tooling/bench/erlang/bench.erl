%% Plays jobs on Erlang as agner/host.ts does on Agner: a line in, `JOB FORM SIZE=N ...`, and a line out, `ok NAME=VALUE ...`
%% or `error TEXT`. Each run has a process of its own, as a program would start it.
-module(bench).
-export([main/0, now_ns/0, ns_each/2, far_apart/1, live_bytes/0, next_random/1, wait_until_gone/1]).

main() ->
    ok = io:setopts(standard_io, [binary, {encoding, latin1}]),
    loop().

loop() ->
    case io:get_line("") of
        eof -> halt(0);
        {error, _} -> halt(1);
        Line ->
            [Job, _Form | Sizes] = string:lexemes(string:trim(binary_to_list(Line)), " "),
            answer(list_to_atom(Job), maps:from_list([to_size(S) || S <- Sizes])),
            loop()
    end.

%% What a job needs for longer than a run: a second node.
prepare(Job) ->
    %% A job that there is not fails where it is run.
    code:ensure_loaded(Job),
    erlang:function_exported(Job, prepare, 0) andalso Job:prepare().

to_size(Text) ->
    [Name, Number] = string:split(Text, "="),
    {list_to_atom(Name), list_to_integer(Number)}.

answer(Job, Sizes) ->
    prepare(Job),
    Before = erlang:system_info(process_count),
    {Pid, Ref} = spawn_monitor(fun() -> exit({figures, Job:run(Sizes)}) end),
    receive
        {'DOWN', Ref, process, Pid, {figures, Figures}} when is_map(Figures) ->
            io:put_chars(["ok", [[" ", atom_to_list(K), "=", number(V)] || {K, V} <- maps:to_list(Figures)], "\n"]);
        {'DOWN', Ref, process, Pid, {figures, Value}} ->
            io:put_chars(["ok value=", number(Value), "\n"]);
        {'DOWN', Ref, process, Pid, Reason} ->
            io:put_chars(["error ", io_lib:format("~0p", [Reason]), "\n"])
    end,
    wait_until_gone(Before).

%% What a run leaves behind must not die in the next one.
wait_until_gone(Before) ->
    case erlang:system_info(process_count) =< Before of
        true -> ok;
        false -> timer:sleep(2), wait_until_gone(Before)
    end.

number(Value) -> io_lib:format("~.6f", [float(Value)]).

now_ns() -> erlang:monotonic_time(nanosecond).

ns_each(Start, Count) -> (now_ns() - Start) / Count.

%% xorshift32, as nextRandom in agner/random.ts.
next_random(Seed) ->
    A = Seed bxor ((Seed bsl 13) band 16#FFFFFFFF),
    B = A bxor (A bsr 17),
    B bxor ((B bsl 5) band 16#FFFFFFFF).

%% Where the n-th of several walks begins: seeds that follow one another would make all of them the same walk, a step apart.
far_apart(N) -> (N * 16#9E3779B9) band 16#FFFFFFFF.

%% All memory, after the process that asks has collected its own.
live_bytes() ->
    erlang:garbage_collect(),
    erlang:memory(total).
