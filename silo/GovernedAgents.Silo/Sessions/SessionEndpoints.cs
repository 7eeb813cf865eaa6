using System.Text.Json;
using GovernedAgents.Contracts;
using GovernedAgents.Policy;
using GovernedAgents.Policy.Canonical;
using GovernedAgents.Silo.Http;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Sessions;

/// <summary>Starting, reading and renewing sessions.</summary>
public sealed class SessionEndpoints(IGrainFactory grains, IReadModel readModel, SessionTokens tokens, SessionGate gate)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapPost("/sessions", (SessionEndpoints it, HttpContext http) => it.StartAsync(http))
            .Admits(Access.Developer | Access.Session).Takes<StartSessionRequest>().Gives<SessionBody>(201).Fails(400, 404, 409, 413, 422)
            .WithName("startSession").WithSummary("Starts a session; the answer holds its token").WithTags("Sessions");
        v1.MapGet("/sessions", (SessionEndpoints it, HttpContext http) => it.ListAsync(http))
            .Admits(Access.Developer | Access.Operator | Access.Auditor).Gives<ListBody<SessionBody>>(200).Fails(400).Pages("state", "agent")
            .WithName("listSessions").WithSummary("Sessions, newest first; a developer's own").WithTags("Sessions");
        v1.MapGet("/sessions/{id}", (SessionEndpoints it, HttpContext http, string id) => it.ReadAsync(http, id))
            .Admits(Access.Developer | Access.Operator | Access.Auditor | Access.Session).Gives<SessionBody>(200).Fails(404)
            .WithName("readSession").WithSummary("One session").WithTags("Sessions");
        v1.MapGet("/sessions/{id}/conversation", (SessionEndpoints it, HttpContext http, string id) => it.ConversationAsync(http, id))
            .Admits(Access.Developer | Access.Operator | Access.Auditor | Access.Session).Gives<ConversationBody>(200).Fails(404)
            .WithName("readConversation").WithSummary("What a hosted session's model was told and said").WithTags("Sessions");
        v1.MapPost("/sessions/{id}/token", (SessionEndpoints it, HttpContext http, string id) => it.RenewAsync(http, id))
            .Admits(Access.Session).Gives<SessionTokenBody>(200).Fails(404, 409)
            .WithName("renewSessionToken").WithSummary("A new token for the session that asks").WithTags("Sessions");
    }

    private async Task<IResult> StartAsync(HttpContext http)
    {
        var visitor = http.Visitor();
        if (await gate.RefuseEndedAsync(visitor) is { } ended) return ended;
        var body = await StrictBody.ReadAsync<StartSessionRequest>(http);
        if (body.Problem is { } unreadable) return unreadable;
        var request = body.Value!;
        var key = RequestHeaders.IdempotencyKey(http.Request);
        if (key.Problem is { } noKey) return noKey;
        if (request.ExpiresIn > Longest) return Problems.BadRequest("/expiresIn: a session lasts at most P7D.", new FieldError("/expiresIn", "It must be at most P7D."));
        if (await MissingParentAsync(visitor, request.Parent) is { } missing) return missing;

        // A child of a session belongs to whoever started the parent; the grain takes the starter from there.
        var principal = visitor.Caller is Caller.OfPerson person ? person.Principal : new Principal { Issuer = SessionTokens.Issuer, Subject = visitor.Session! };
        var id = visitor.Session is { } parent ? Ids.ChildOf(parent, key.Value!) : Ids.SessionOf(principal.Issuer, principal.Subject, key.Value!);
        var answer = await grains.GetGrain<IAgentSessionGrain>(id).StartAsync(new StartSession
        {
            Agent = request.Agent,
            Goal = request.Goal,
            Tier = request.Tier,
            Parent = request.Parent,
            Labels = request.Labels ?? new Dictionary<string, string>(),
            ExpiresIn = request.ExpiresIn,
            Starter = principal,
            BySession = visitor.Session,
            RequestHash = Sha256Hash.Of(CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(request, ApiJson.Options))),
        });
        if (answer.Refusal is { } refusal) return Problems.Of(refusal);
        var session = answer.Value!;
        var token = session.State == SessionStatus.Ended ? null : tokens.Issue(session.Id, session.ExpiresAt);
        return Answers.Created($"/v1/sessions/{session.Id}", SessionBody.Of(session) with { Token = token });
    }

    /// <summary><c>parent</c> must be one's own session, else it is 404; a session starts children of itself only.</summary>
    private async Task<IResult?> MissingParentAsync(Visitor visitor, string? parent)
    {
        if (visitor.Session is { } self)
            return parent == self ? null : parent is null
                ? Problems.BadRequest("/parent: a session starts children of itself only.", new FieldError("/parent", $"It must be '{self}'."))
                : Problems.NotFound($"There is no session '{parent}' of yours.");
        if (parent is null) return null;
        var session = Ids.Fits("ses_", parent) ? await grains.GetGrain<IAgentSessionGrain>(parent).ReadAsync() : null;
        return session is not null && visitor.Owns(session.Starter) ? null : Problems.NotFound($"There is no session '{parent}' of yours.");
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var visitor = http.Visitor();
        var page = Paging.Read(http.Request, "state", "agent");
        if (page.Problem is { } unreadable) return unreadable;
        var state = Paging.OneOf<SessionStatus>(http.Request, "state");
        if (state.Problem is { } unknown) return unknown;
        var seesAll = visitor.Is(Access.Operator | Access.Auditor);
        if (!seesAll && visitor.Person is null) return Answers.Ok(ListBody<SessionBody>.Empty);
        var filter = new SessionFilter { State = state.Value, Agent = Paging.Text(http.Request, "agent"), Starter = seesAll ? null : visitor.Person };
        return await Answers.PageAsync(() => readModel.ListSessionsAsync(filter, page.Value!, http.RequestAborted), SessionBody.Of);
    }

    private async Task<IResult> ReadAsync(HttpContext http, string id) =>
        await FindAsync(http.Visitor(), id) is { } session ? Answers.Ok(SessionBody.Of(session)) : NoSuch(id);

    private async Task<IResult> ConversationAsync(HttpContext http, string id) => await FindAsync(http.Visitor(), id) switch
    {
        null => NoSuch(id),
        // Whoever runs it has its conversation.
        { Hosted: null } session => Answers.Ok(new ConversationBody { Goal = session.Goal, Turns = [] }),
        _ => Answers.Ok(ConversationBody.Of(await grains.GetGrain<IHostedSession>(id).NextAsync())),
    };

    private async Task<IResult> RenewAsync(HttpContext http, string id)
    {
        var visitor = http.Visitor();
        if (await gate.RefuseEndedAsync(visitor) is { } ended) return ended;
        var body = await StrictBody.ReadAsync<EmptyRequest>(http, optional: true);
        if (body.Problem is { } unreadable) return unreadable;
        if (await FindAsync(visitor, id) is not { } session) return NoSuch(id);
        return session.State == SessionStatus.Active
            ? Answers.Ok(new SessionTokenBody { Token = tokens.Issue(session.Id, session.ExpiresAt), ExpiresAt = session.ExpiresAt })
            : Problems.Of("conflict", $"The session is {Answers.NameOf(session.State)}: its token is renewed only while it is active.");
    }

    /// <summary>The session if there is one and the visitor may see it.</summary>
    private async Task<SessionSnapshot?> FindAsync(Visitor visitor, string id) =>
        Ids.Fits("ses_", id) && await grains.GetGrain<IAgentSessionGrain>(id).ReadAsync() is { } session && visitor.Sees(session) ? session : null;

    private static IResult NoSuch(string id) => Problems.NotFound($"There is no session '{id}'.");
}
