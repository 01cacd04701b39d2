import AWS
import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import tocsin

/// Services, operations and parameters by the names that people type.
struct AWSNamesTests {
    @Test(
        "a service has botocore's name or the AWS CLI's; other names of AWS lead to it",
        arguments: [
            ("ec2", "ec2"), ("S3", "s3"), ("s3api", "s3"), ("stepfunctions", "stepfunctions"),
            ("states", "There is no service states, did you mean stepfunctions?"),
            ("monitoring", "There is no service monitoring, did you mean cloudwatch?"),
            ("tagging", "There is no service tagging, did you mean resourcegroupstaggingapi?"),
            ("eventbridge", "There is no service eventbridge, did you mean events?"),
            ("lamda", "There is no service lamda, did you mean lambda?"),
            ("glacier", "There is no service glacier. `tocsin aws` lists all services."),
        ])
    func services(name: String, expected: String) {
        do { #expect(try AWSNames.service(name).name == expected) } catch {
            #expect("\(error)".hasPrefix(expected), "\(error)")
        }
    }

    @Test(
        "an operation may be written as in boto3, in Python or as in the AWS CLI",
        arguments: [
            ("DescribeInstances", "DescribeInstances"), ("describe-instances", "DescribeInstances"),
            ("describe_instances", "DescribeInstances"), ("describeinstances", "DescribeInstances"),
            ("describe-instnces", "ec2 has no operation describe-instnces, did you mean describe-instances?"),
            ("ls", "ec2 has no operation ls. `tocsin aws ec2` lists all operations."),
        ])
    func operations(name: String, expected: String) throws {
        let description = try ServiceDescription(.ec2)
        do { #expect(try AWSNames.operation(name, of: description, named: "ec2") == expected) } catch {
            #expect("\(error)".hasPrefix(expected), "\(error)")
        }
    }

    @Test("an operation that streams events is refused with what to do")
    func eventStreams() throws {
        let description = try ServiceDescription(.s3)
        #expect(throws: AWSCallError.self) {
            try AWSNames.operation("select-object-content", of: description, named: "s3")
        }
    }

    @Test("names with dashes are botocore's", .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func dashed() throws {
        let names = Set(try ShippedOperation.all.get().flatMap { [$0.name] + $0.members }).sorted()
        let script = "import sys; from botocore import xform_name; [print(xform_name(n, '-')) for n in sys.argv[1:]]"
        let result = try Command.run(Workspace.python, ["-c", script] + names)
        let expected = result.output.split(separator: "\n").map(String.init)
        try #require(expected.count == names.count)
        for (name, expected) in zip(names, expected) { #expect(AWSNames.dashed(name) == expected) }
    }

    @Test("without case, - and _ all operations of a service differ, and all members of an input")
    func namesDiffer() throws {
        for (service, inputs) in Dictionary(grouping: try ShippedOperation.all.get(), by: \.service) {
            #expect(Set(inputs.map { AWSNames.bare($0.name) }).count == inputs.count, "\(service)")
            for input in inputs {
                #expect(Set(input.members.map(AWSNames.bare)).count == input.members.count, "\(input.name)")
            }
        }
    }

    @Test("no parameter of an operation has the name of an own option, but for two with a rule")
    func ownOptions() throws {
        var taken: Set<String> = []
        for input in try ShippedOperation.all.get() {
            for member in input.members where AWSCommand.ownOptions.contains("--" + AWSNames.dashed(member)) {
                // The size of a page is what --max-items replaces.
                if member.lowercased() == "maxitems", input.description.pages?.limit == member { continue }
                taken.insert(AWSNames.dashed(member))
            }
        }
        #expect(taken.subtracting(["parameters", "max-items"]) == [])
    }

    @Test("own options are those of the help")
    func optionsOfTheHelp() throws {
        let help = AWSCommand.helpMessage()
        for option in AWSCommand.ownOptions { #expect(help.contains(" \(option)"), "\(option)") }
    }
}
