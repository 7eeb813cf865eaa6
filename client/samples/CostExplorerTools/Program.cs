using CostExplorerTools;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var options = CloudOptions.TryParse(args, Environment.GetEnvironmentVariable, out var problem);
if (options is null)
{
    await Console.Error.WriteLineAsync(problem);
    return 2;
}

var store = new CloudStore(options, TimeProvider.System);
if (options.Seed) await store.SeedAsync();

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
// Standard output belongs to the protocol: every log line goes to standard error.
builder.Logging.ClearProviders().AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
var tools = new CloudTools(store);
builder.Services
    .AddMcpServer(server => server.ServerInfo = new() { Name = "cost-explorer-tools", Version = "0.1.0" })
    .WithStdioServerTransport()
    .WithListToolsHandler(CloudTools.ListAsync)
    .WithCallToolHandler(tools.CallAsync);
await builder.Build().RunAsync();
return 0;
