using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using GovernedAgents.Tests.Kit;

namespace GovernedAgents.Cloud.Tests.Kit;

/// <summary>A folder of Terraform for production: two tables and a network, under the environment's role, providers locked as an operator would.</summary>
internal static class Infra
{
    public const string Canary = "canary-of-a-variable";

    /// <summary>The entry of <c>tools:</c>, pinned to the folder as it is now.</summary>
    public static async Task<string> WriteAsync(string config, MotoServer moto)
    {
        var mirror = TerraformMirror.Find();
        var folder = Directory.CreateDirectory(Path.Combine(config, "infra")).FullName;
        var cli = Path.Combine(config, "terraform.rc");
        await File.WriteAllTextAsync(cli, mirror.CliConfig);
        await File.WriteAllTextAsync(Path.Combine(config, "tf-token"), Canary + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "main.tf"), Configuration(moto.Url, mirror.Version));
        await RunAsync(folder, cli, "init", "-input=false", "-no-color", "-backend=false");
        return $$"""
                - connector: terraform
                  name: infra
                  timeout: 3m
                  secrets: { AWS_ACCESS_KEY_ID: { file: aws-id }, AWS_SECRET_ACCESS_KEY: { file: aws-secret }, TF_VAR_token: { file: tf-token } }
                  options: { directory: infra, cliConfig: terraform.rc, directoryHash: "{{HashOf(folder)}}" }
            """;
    }

    /// <summary>As the connector's page says, computed without it.</summary>
    private static string HashOf(string folder)
    {
        var lines = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => (Name: Path.GetRelativePath(folder, file), file))
            .Where(entry => !entry.Name.Contains(".tfstate", StringComparison.Ordinal) && !entry.Name.StartsWith(".terraform/", StringComparison.Ordinal)).OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => $"{entry.Name}\0{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(entry.file)))}\n");
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    private static async Task RunAsync(string folder, string cli, params string[] arguments)
    {
        var start = new ProcessStartInfo("terraform", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TF_CLI_CONFIG_FILE"] = cli;
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, string.Concat(said));
        Directory.Delete(Path.Combine(folder, ".terraform"), recursive: true);
    }

    private static string Configuration(string url, string version) => $$"""
        terraform {
          required_providers {
            aws = { source = "hashicorp/aws", version = "{{version}}" }
          }
        }
        provider "aws" {
          region                     = "cn-north-1"
          skip_requesting_account_id = true
          skip_metadata_api_check    = true
          assume_role {
            role_arn = "{{MotoServer.Role}}"
          }
          endpoints {
            dynamodb = "{{url}}"
            ec2      = "{{url}}"
            sts      = "{{url}}"
          }
        }
        variable "token" {
          type      = string
          sensitive = true
        }
        resource "aws_dynamodb_table" "courses" {
          name         = "courses"
          billing_mode = "PAY_PER_REQUEST"
          hash_key     = "id"
          attribute {
            name = "id"
            type = "S"
          }
          tags = { token = var.token }
        }
        resource "aws_dynamodb_table" "answers" {
          name         = "answers"
          billing_mode = "PAY_PER_REQUEST"
          hash_key     = "id"
          attribute {
            name = "id"
            type = "S"
          }
        }
        resource "aws_vpc" "school" {
          cidr_block = "192.0.2.0/24"
        }
        """;
}
