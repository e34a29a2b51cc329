%% Spawning with options, and spawn requests.
-module(spawning).
-compile(export_all).

-define(NOWHERE, 'nowhere@127.0.0.1').

%% What has come within a while, by its kind.
kinds() ->
    timer:sleep(30),
    [kind(Message) || Message <- t:collect()].

kind(Message) when is_atom(Message) -> Message;
kind(Message) -> kind_of(element(1, Message)).

kind_of(spawn_reply) -> spawnReply;
kind_of('DOWN') -> down;
kind_of('EXIT') -> exit;
kind_of(Tag) -> Tag.

answer(Ref) ->
    receive {spawn_reply, Ref, How, Value} -> [How, Value] end.

a_request_is_answered_by_message() ->
    Ref = spawn_request(fun t:echo/0),
    {spawn_reply, Of, ok, A} = receive Reply -> Reply end,
    t:emit(same, Of =:= Ref),
    t:label(a, A),
    t:ping(A),
    t:emit(a_lives),
    t:emit(then, t:quiet()).

the_answer_comes_before_the_child() ->
    process_flag(trap_exit, true),
    Main = self(),
    spawn_request(fun() -> Main ! hello, exit(bye) end, [link, monitor]),
    t:emit(got, kinds()).

the_request_is_the_monitor() ->
    Ref = spawn_request(fun() -> exit(bye) end, [monitor]),
    [ok, A] = answer(Ref),
    t:label(a, A),
    receive {'DOWN', Ref, _, _, _} = Down -> t:emit(down, Down) end.

a_bad_option_is_an_answer() ->
    t:emit(unknown, answer(spawn_request(fun t:echo/0, [foo]))),
    t:emit(bad_reply, answer(spawn_request(fun t:echo/0, [{reply, foo}]))),
    spawn_request(fun t:echo/0, [foo, {reply, no}]),
    t:emit(unanswered, kinds()),
    t:emit(no_body, t:attempt(fun() -> spawn_request(hd([foo]), []) end)),
    t:emit(then, t:quiet()).

what_is_answered() ->
    [begin
        spawn_request(fun() -> exit(bye) end, [{reply, Reply}, monitor]),
        t:emit(good, kinds()),
        spawn_request(fun t:echo/0, [{reply, Reply}, monitor, foo]),
        t:emit(bad, kinds())
    end || Reply <- [yes, no, error_only, success_only]].

the_tag_of_an_answer() ->
    spawn_request(fun() -> exit(bye) end, [{reply_tag, born}, {monitor, [{tag, gone}]}]),
    t:emit(got, kinds()).

a_request_to_a_node_that_cannot_be_reached() ->
    process_flag(trap_exit, true),
    Ask = fun(Reply) -> spawn_request(?NOWHERE, t, echo, [], [link, monitor, {reply, Reply}]) end,
    [t:emit(error, answer(Ask(Reply))) || Reply <- [yes, error_only]],
    [begin Ask(Reply), t:emit(then, kinds()) end || Reply <- [no, success_only]].

a_request_that_is_given_up() ->
    There = spawn_request(?NOWHERE, t, echo, [], [monitor]),
    t:emit(given_up, spawn_request_abandon(There)),
    t:emit(again, spawn_request_abandon(There)),
    t:emit(unknown, spawn_request_abandon(make_ref())),
    t:emit(then, kinds()),
    Here = spawn_request(fun t:echo/0),
    t:emit(too_late, spawn_request_abandon(Here)),
    t:emit(then, kinds()).

a_child_hears_of_its_parents_death() ->
    Main = self(),
    A = t:label(a, spawn(fun() ->
        [ok, Pid] = answer(spawn_request(fun t:echo/0, [link])),
        Main ! Pid,
        receive go -> exit(why) end
    end)),
    Child = t:label(child, receive Pid -> Pid end),
    Ref = monitor(process, Child),
    A ! go,
    t:emit(child, t:reason({Child, Ref})).

link_and_monitor_in_one_step() ->
    process_flag(trap_exit, true),
    {A, Ref} = t:label(a, spawn_opt(fun() -> exit(bye) end, [link, {monitor, [{tag, gone}]}])),
    receive {'EXIT', A, _} = Exit -> t:emit(exit, Exit) end,
    receive {Tag, Of, process, Pid, Reason} -> t:emit(gone, [Tag, Of =:= Ref, Pid, Reason]) end,
    t:emit(then, t:quiet()).

a_child_answers_through_the_alias_of_its_monitor() ->
    Child = fun() -> receive To -> To ! answer, To ! again, exit(bye) end end,
    {A, Ref} = t:label(a, spawn_opt(Child, [{monitor, [{alias, reply_demonitor}]}])),
    A ! Ref,
    receive Got -> t:emit(got, Got) end,
    t:emit(then, t:quiet()).
