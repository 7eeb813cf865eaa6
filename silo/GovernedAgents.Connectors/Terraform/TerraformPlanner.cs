using System.Text.Json;
using GovernedAgents.Contracts;

namespace GovernedAgents.Connectors.Terraform;

/// <summary>Prepares the directory and plans it, only while it is the pinned one. Changes nothing of the world and takes no lock of the state: the command itself refuses a plan of another state.</summary>
internal sealed class TerraformPlanner(TerraformOptions options, TerraformCommand command, PlanStore plans, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Task? _prepared;

    /// <returns>Null when the directory is the one that the operator stands by.</returns>
    public string? WhyNotPlanned(out string? hash)
    {
        hash = null;
        try
        {
            hash = DirectoryHash.Of(options.Path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"the directory '{options.Directory}' cannot be read: {failure.Message}";
        }
        return hash == options.DirectoryHash ? null
            : $"the directory '{options.Directory}' has the hash {hash}, and options.directoryHash is {options.DirectoryHash ?? "not set"}; an operator who has looked at it sets it.";
    }

    /// <summary>Once; after a failure the next caller tries again.</summary>
    /// <exception cref="IOException">The command cannot be started, or the directory cannot be prepared.</exception>
    public Task PrepareAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_prepared is null or { IsFaulted: true } or { IsCanceled: true }) _prepared = InitialiseAsync(cancellation);
            return _prepared.WaitAsync(cancellation);
        }
    }

    /// <summary>Providers and modules, only as the directory's lock file has them.</summary>
    private async Task InitialiseAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.DataPath);
        var end = (await command.RunAsync(["init", "-input=false", "-no-color", "-lockfile=readonly"], null, cancellation).ConfigureAwait(false))!;
        if (end is not { ExitCode: 0, WasInterrupted: false }) throw new IOException(TerraformOutcomes.ReadFailed(end).ErrorDetail);
    }

    /// <returns>The plan, or how it failed. Only a kept plan can be carried out.</returns>
    public async Task<(PlanManifest? Manifest, ExecutionOutcome? Problem)> PlanAsync(bool isDestroy, bool keep, CancellationToken cancellation)
    {
        string? file = null;
        try
        {
            if (WhyNotPlanned(out var hash) is { } why) return (null, TerraformOutcomes.NotStarted("directory-changed", why));
            await PrepareAsync(cancellation).ConfigureAwait(false);
            file = plans.NewFile();
            string[] mode = isDestroy ? ["-destroy"] : [];
            var planned = (await command.RunAsync(["plan", "-input=false", "-no-color", "-lock=false", $"-out={file}", .. mode], null, cancellation).ConfigureAwait(false))!;
            if (planned.ExitCode != 0 || planned.WasInterrupted) return (null, TerraformOutcomes.ReadFailed(planned));
            var shown = (await command.RunAsync(["show", "-no-color", "-json", file], null, cancellation).ConfigureAwait(false))!;
            if (shown.ExitCode != 0 || shown.WasInterrupted) return (null, TerraformOutcomes.ReadFailed(shown));
            if (WhyNotPlanned(out var after) is not null || after != hash) return (null, Failed("directory-changed", "The directory changed while it was planned."));
            var manifest = PlanManifest.Read(shown.Output, PlanStore.HashOf(file), hash!, isDestroy) with { PlannedAt = time.GetUtcNow() };
            if (keep) plans.Keep(file, manifest);
            return (manifest, null);
        }
        catch (Exception failure) when (failure is IOException or JsonException or UnauthorizedAccessException)
        {
            return (null, Failed("terraform-unavailable", failure.Message));
        }
        finally
        {
            if (file is not null) File.Delete(file);
        }
    }

    private static ExecutionOutcome Failed(string slug, string detail) => new() { Kind = OutcomeKind.Failed, ErrorSlug = slug, ErrorDetail = BoundedResult.Cut(detail, BoundedResult.MaxDetailChars) };
}
