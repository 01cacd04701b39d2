import AWS
import Foundation
import JSON
import TestSupport
import Testing

@testable import tocsin

/// The command line as an operation's input.
struct AWSInputTests {
    private static func input(_ service: AWSService, _ operation: String, _ words: [String]) throws -> JSONValue {
        .object(try AWSInput.adding(words, to: [:], of: ServiceDescription(service).operation(operation)).input)
    }

    @Test(
        "options have the form of their types",
        arguments: [
            (.ec2, "DescribeInstances", ["--instance-ids", "i-1", "i-2"], ["InstanceIds": ["i-1", "i-2"]]),
            (.ec2, "DescribeInstances", ["--InstanceIds=i-1"], ["InstanceIds": ["i-1"]]),
            (.ec2, "DescribeInstances", ["--instance-ids", #"["i-1"]"#], ["InstanceIds": ["i-1"]]),
            (.ec2, "DescribeInstances", ["--dry-run", "--max-results", "5"], ["DryRun": true, "MaxResults": 5]),
            (.ec2, "DescribeInstances", ["--no-dry-run"], ["DryRun": false]),
            (.ec2, "DescribeInstances", ["--dry-run", "false"], ["DryRun": false]),
            (.ec2, "CreateImage", ["--no-reboot"], ["NoReboot": true]),
            (.ec2, "CreateImage", ["--no-no-reboot"], ["NoReboot": false]),
            (
                .ec2, "CreateImage", ["--name", "two words", "--description=--x"],
                ["Name": "two words", "Description": "--x"]
            ),
            (
                .ec2, "DescribeInstances", ["--filters", "Name=tag:a=b,Values=x,y=z,", "Name=vpc-id,Values=v"],
                [
                    "Filters": [
                        ["Name": "tag:a=b", "Values": ["x", "y=z", ""]], ["Name": "vpc-id", "Values": ["v"]],
                    ]
                ]
            ),
            (
                .ec2, "DescribeInstances", ["--filters", #"{"Name": "a", "Values": ["b,c"]}"#],
                ["Filters": [["Name": "a", "Values": ["b,c"]]]]
            ),
            (.s3, "PutObject", ["--metadata", "a=1,b-c=x=y"], ["Metadata": ["a": "1", "b-c": "x=y"]]),
            (.cloudWatch, "PutMetricAlarm", ["--threshold", "-5"], ["Threshold": -5]),
            (.cloudWatch, "PutMetricAlarm", ["--threshold", "0.5"], ["Threshold": 0.5]),
            (.kms, "Decrypt", ["--ciphertext-blob", "aGk="], ["CiphertextBlob": "aGk="]),
            (.cloudWatch, "GetMetricData", ["--start-time", "2026-01-01"], ["StartTime": "2026-01-01"]),
            (.dynamoDB, "GetItem", ["--key", #"{"id": {"S": "1"}}"#], ["Key": ["id": ["S": "1"]]]),
        ] as [(AWSService, String, [String], JSONValue)])
    func values(service: AWSService, operation: String, words: [String], expected: JSONValue) throws {
        #expect(try Self.input(service, operation, words) == expected)
    }

    @Test(
        "what does not fit is refused with what would",
        arguments: [
            (
                .ec2, "DescribeInstances", ["--instance-id", "i-1"],
                "did you mean --instance-ids? It has: --instance-ids"
            ),
            (.ec2, "DescribeInstances", ["--regin", "x"], "did you mean --region?"),
            (.ec2, "DescribeInstances", ["i-1"], "\"i-1\" belongs to no option"),
            (.ec2, "DescribeInstances", ["--instance-ids"], "--instance-ids lacks its value"),
            (.ec2, "DescribeInstances", ["--max-results", "many"], "--max-results is \"many\" and not an integer"),
            (.ec2, "DescribeInstances", ["--max-results", "1", "2"], "--max-results takes one value, and not 2"),
            (.ec2, "DescribeInstances", ["--dry-run", "yes"], "--dry-run is \"yes\" and not true or false"),
            (.ec2, "DescribeInstances", ["--no-dry-run", "x"], "--no-dry-run takes no value"),
            (.ec2, "DescribeInstances", ["--no-filters"], "has no parameter --no-filters"),
            (.ec2, "DescribeInstances", ["--filters", "Nme=a"], "\"Nme\" is not one of Name, Values"),
            (.ec2, "DescribeInstances", ["--filters", "Name=a,Name=b"], "Name occurs twice"),
            (.ec2, "DescribeInstances", ["--filters", "Name=a,Values=[b]"], "Values is too deep"),
            (.ec2, "DescribeInstances", ["--filters", "{"], "--filters is no JSON"),
            (.lambda, "CreateFunction", ["--environment", "Variables={a=b}"], "Variables is too deep"),
            (
                .kms, "Decrypt", ["--ciphertext-blob", "hi!"],
                "--ciphertext-blob is binary: give it in base64, or fileb://"
            ),
            (.sts, "GetCallerIdentity", ["--x", "1"], "GetCallerIdentity takes no parameters"),
            (.s3, "PutObject", ["--body", "/nowhere/x"], "The file /nowhere/x cannot be read: No such file"),
            (.lambda, "Invoke", ["--payload", "event.json"], "The file event.json cannot be read"),
            (.s3, "PutObject", ["--body"], "--body takes the path of a file"),
        ] as [(AWSService, String, [String], String)])
    func faults(service: AWSService, operation: String, words: [String], expected: String) throws {
        let error = #expect(throws: AWSCallError.self) { try Self.input(service, operation, words) }
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test("a message does not repeat a structure's values, which may be secrets")
    func noSecrets() throws {
        for text in ["SecretString=hunter2", #"{"a": hunter2"#] {
            let error = #expect(throws: AWSCallError.self) {
                try Self.input(.ec2, "DescribeInstances", ["--filters", text])
            }
            #expect(error?.message.contains("hunter2") == false)
        }
    }

    @Test("files stand for values: as text, as bytes, as the body, and as the whole input")
    func files() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "value").path
            try Data(#"{"Name": "é"}"#.utf8).write(to: URL(fileURLWithPath: path))
            #expect(
                try Self.input(.ec2, "CreateImage", ["--description", "file://\(path)"])
                    == ["Description": #"{"Name": "é"}"#])
            #expect(
                try Self.input(.kms, "Decrypt", ["--ciphertext-blob", "fileb://\(path)"])
                    == ["CiphertextBlob": "eyJOYW1lIjogIsOpIn0="])
            let put = try ServiceDescription(.s3).operation("PutObject")
            for text in [path, "fileb://\(path)", "file://\(path)", #"{"Name": "é"}"#] {
                let (input, body) = try AWSInput.adding(["--body", text], to: ["Key": "k"], of: put)
                #expect(input == ["Key": "k"])
                #expect(body == Array(#"{"Name": "é"}"#.utf8))
            }
            for text in ["@\(path)", "file://\(path)", #"{"Name": "é"}"#] {
                #expect(try AWSInput.document(text) == ["Name": "é"])
            }
        }
    }

    @Test(
        "the whole input must be a JSON object",
        arguments: [
            ("[1]", "--parameters is array and not a JSON object"), ("x", "--parameters is no JSON"),
            ("@/nowhere/x", "The file /nowhere/x cannot be read: No such file or directory"),
        ])
    func documents(text: String, expected: String) {
        let error = #expect(throws: AWSCallError.self) { try AWSInput.document(text) }
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test(
        "an input is shown without secrets",
        arguments: [
            (["MasterUserPassword": "x", "A": 1], ["MasterUserPassword": "(hidden)", "A": 1]),
            (["L": [["SecretString": "x", "SecretId": "i"]]], ["L": [["SecretString": "(hidden)", "SecretId": "i"]]]),
            (["Type": "SecureString", "Value": "x"], ["Type": "SecureString", "Value": "(hidden)"]),
            (["Type": "String", "Value": "x"], ["Type": "String", "Value": "x"]),
            (["NextToken": "x", "AuthToken": "x"], ["NextToken": "x", "AuthToken": "(hidden)"]),
        ] as [(JSONValue, JSONValue)])
    func hidden(input: JSONValue, expected: JSONValue) {
        #expect(input.hidingSecrets == expected)
    }

    @Test("an option wins over the whole input")
    func optionsWin() throws {
        let operation = try ServiceDescription(.ec2).operation("DescribeInstances")
        let (input, _) = try AWSInput.adding(
            ["--max-results", "7"], to: ["MaxResults": 5, "DryRun": false], of: operation)
        #expect(input == ["MaxResults": 7, "DryRun": false])
    }
}
