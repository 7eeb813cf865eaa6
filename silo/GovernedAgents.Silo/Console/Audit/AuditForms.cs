using GovernedAgents.Grains.Journal.Checkpoints;
using GovernedAgents.Policy.Audit;
using GovernedAgents.Silo.Console.Parts;
using GovernedAgents.Silo.Console.Shell;
using GovernedAgents.Silo.Identity;

namespace GovernedAgents.Silo.Console.Audit;

/// <summary>Verifying the journal from the page, and taking it away.</summary>
internal static class AuditForms
{
    private const Access Readers = Access.Auditor | Access.Operator;
    public const string VerifyPath = AuditPage.Path + "/verify", ExportPath = AuditPage.Path + "/export";

    /// <summary>It reads everything: one at a time.</summary>
    private static readonly SemaphoreSlim OneAtATime = new(1, 1);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(VerifyPath, VerifyAsync).FromConsole(Readers);
        routes.MapGet(ExportPath, (AuditExport export) => Results.Stream(body => export.WriteAsync(body), "application/jsonl", "audit.jsonl")).FromConsole(Readers);
    }

    private static async Task<IResult> VerifyAsync(HttpContext http, AuditExport export, CheckpointWriter checkpoints, IFormCollection _)
    {
        if (!await OneAtATime.WaitAsync(TimeSpan.FromSeconds(30), http.RequestAborted))
            return ConsoleView.Of<ErrorPage>(503, (nameof(ErrorPage.Status), 503), (nameof(ErrorPage.Title), "Busy"), (nameof(ErrorPage.Detail), "Somebody else is verifying the journal. Try again in a moment."));
        var path = Path.GetTempFileName();
        try
        {
            await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
            var kept = await checkpoints.ListAsync(http.RequestAborted);
            await export.WriteAsync(file, http.RequestAborted);
            file.Position = 0;
            var report = await Task.Run(() => AuditVerifier.Verify(file, kept, checkpoints.PublicKeys), http.RequestAborted);
            return ConsoleView.Of<AuditPage>(200, (nameof(AuditPage.Report), report));
        }
        finally
        {
            OneAtATime.Release();
        }
    }
}
