import AWSResources
import Basics
import JSON

/// An experiment template of AWS Fault Injection Service.
///
/// Source: the model of the `fis` service in botocore.
struct FISTemplate {
    /// What actions are carried out on.
    struct Target {
        let name: String
        let part: FISPart
        /// Such as `aws:ec2:instance`.
        let resourceType: String
        let arns: [String]
        let tags: [(key: String, value: String)]
        let filters: [(path: String, values: [String])]
        let quantity: Quantity
        let parameters: [String: String]
    }

    /// What is done.
    struct Action {
        let name: String
        let part: FISPart
        /// Such as `aws:ec2:stop-instances`.
        let id: String
        let parameters: [String: String]
        /// The names of targets, by what they are for the action: `Instances`.
        let targets: [String: String]
        /// The names of actions that must have ended before.
        let startAfter: [String]
    }

    let title: String
    let description: String
    let targets: [Target]
    let actions: [Action]
    /// The names of all targets and actions, also of those with errors, so that these are not said to be missing.
    let names: (targets: [String], actions: [String])
    /// The ARNs of alarms that stop the experiment.
    let alarms: [String]
    /// Whether an action without targets is skipped; otherwise it fails.
    let skipsEmptyTargets: Bool
}

/// Where in a document a template is: alone, in the answer of `GetExperimentTemplate`, or in a CloudFormation template.
struct FISLocation {
    /// The template's members.
    let members: JSONObject
    let path: DocumentPath
    /// CloudFormation's name of the resource.
    let name: String?

    /// All templates in a document.
    static func all(in document: JSONValue) -> [FISLocation] {
        guard let top = document.objectValue else { return [] }
        if isTemplate(top) { return [FISLocation(members: top, path: DocumentPath(), name: nil)] }
        if let answer = top["experimentTemplate"]?.objectValue {
            return [FISLocation(members: answer, path: DocumentPath("experimentTemplate"), name: nil)]
        }
        if let resource = resource(.object(top), at: DocumentPath(), name: nil) { return [resource] }
        return (top["Resources"]?.objectValue ?? [:]).compactMap { name, value in
            resource(value, at: DocumentPath("Resources", name), name: name)
        }
    }

    private static func isTemplate(_ members: JSONObject) -> Bool {
        members["actions"]?.objectValue != nil && members["method"] == nil
            && (members["targets"] != nil || members["stopConditions"] != nil)
    }

    private static func resource(_ value: JSONValue, at path: DocumentPath, name: String?) -> FISLocation? {
        guard value["Type"] == "AWS::FIS::ExperimentTemplate", let members = value["Properties"]?.objectValue else {
            return nil
        }
        return FISLocation(members: members, path: path["Properties"], name: name)
    }
}

extension DocumentCheck {
    /// Reads the template in the document; what is wrong in it becomes findings.
    mutating func template() -> FISTemplate? {
        let locations = FISLocation.all(in: source.value)
        guard let location = locations.first, locations.count == 1 else {
            let names = locations.compactMap(\.name).joined(separator: ", ")
            error(DocumentPath(), "must hold one experiment template", hint: names.isEmpty ? nil : "it has \(names)")
            return nil
        }
        let part = FISPart(members: location.members, path: location.path)
        unknownKeys(in: part, known: FISPart.templateKeys)
        let description = self.text("description", in: part) ?? ""
        let tags = texts(member("tags", in: part))
        let (targetParts, actionParts) = (parts("targets", in: part), parts("actions", in: part))
        let targets = targetParts.compactMap { target($0, $1) }
        let actions = actionParts.compactMap { action($0, $1) }
        if actionParts.isEmpty { error(part.path(of: "actions"), "there must be an action") }
        let options = member("experimentOptions", in: part).flatMap { self.part($0) }
        if let options, let accounts = member("accountTargeting", in: options), accounts.value == "multi-account" {
            error(accounts.path, "targets in several accounts are not possible")
        }
        let emptyTargets = options.flatMap { member("emptyTargetResolutionMode", in: $0) }
        if let emptyTargets, emptyTargets.value != "fail", emptyTargets.value != "skip" {
            error(emptyTargets.path, "must be fail or skip, not \(emptyTargets.value.inMessage)")
        }
        for key in ["logConfiguration", "experimentReportConfiguration"] {
            if let ignored = member(key, in: part) {
                note(ignored.path, "is left out: a journal and a report are written")
            }
        }
        return FISTemplate(
            title: tags.first { $0.key == "Name" }?.value ?? location.name ?? description, description: description,
            targets: targets, actions: actions, names: (targetParts.map(\.0), actionParts.map(\.0)),
            alarms: stopConditions(in: part),
            skipsEmptyTargets: emptyTargets?.value == "skip")
    }

    private mutating func target(_ name: String, _ part: FISPart) -> FISTemplate.Target? {
        unknownKeys(in: part, known: FISPart.targetKeys)
        guard let type = text("resourceType", in: part) else { return nil }
        let arns = list(member("resourceArns", in: part))
        for (index, text) in arns.enumerated() where ARN(text) == nil {
            error(part.path(of: "resourceArns")[index], "\(text) is no ARN")
        }
        var filters: [(path: String, values: [String])] = []
        let filterList = member("filters", in: part)
        for (index, value) in (filterList?.value.arrayValue ?? []).enumerated() {
            guard let filter = self.part((value, part.path(of: "filters")[index])) else { continue }
            filters.append((text("path", in: filter) ?? "", list(member("values", in: filter))))
        }
        guard let mode = text("selectionMode", in: part) else { return nil }
        guard let quantity = Quantity(selectionMode: mode) else {
            error(part.path(of: "selectionMode"), "must be ALL, COUNT(n) or PERCENT(n), not \(mode)")
            return nil
        }
        return FISTemplate.Target(
            name: name, part: part, resourceType: type, arns: arns,
            tags: texts(member("resourceTags", in: part)), filters: filters, quantity: quantity,
            parameters: dictionary(member("parameters", in: part)))
    }

    private mutating func action(_ name: String, _ part: FISPart) -> FISTemplate.Action? {
        unknownKeys(in: part, known: FISPart.actionKeys)
        guard let id = text("actionId", in: part) else { return nil }
        return FISTemplate.Action(
            name: name, part: part, id: id, parameters: dictionary(member("parameters", in: part)),
            targets: dictionary(member("targets", in: part)), startAfter: list(member("startAfter", in: part)))
    }

    private mutating func stopConditions(in part: FISPart) -> [String] {
        let path = part.path(of: "stopConditions")
        var alarms: [String] = []
        for (index, value) in (member("stopConditions", in: part)?.value.arrayValue ?? []).enumerated() {
            guard let condition = self.part((value, path[index])), let source = text("source", in: condition) else {
                continue
            }
            switch source {
            case "none": break
            case "aws:cloudwatch:alarm":
                guard let alarm = text("value", in: condition) else { continue }
                if ARN(alarm) == nil { error(condition.path(of: "value"), "must be the ARN of an alarm") }
                alarms.append(alarm)
            default:
                error(
                    condition.path(of: "source"), "there is no stop condition \(source)",
                    hint: "use none or aws:cloudwatch:alarm")
            }
        }
        return alarms
    }
}

/// A mapping of a template, whose keys begin with a capital letter in CloudFormation.
struct FISPart {
    let members: JSONObject
    let path: DocumentPath

    static let templateKeys = [
        "clientToken", "description", "stopConditions", "targets", "actions", "roleArn", "tags", "logConfiguration",
        "experimentOptions", "experimentReportConfiguration", "id", "arn", "creationTime", "lastUpdateTime",
        "targetAccountConfigurationsCount",
    ]
    static let targetKeys = [
        "resourceType", "resourceArns", "resourceTags", "filters", "selectionMode", "parameters",
    ]
    static let actionKeys = ["actionId", "description", "parameters", "targets", "startAfter"]

    func key(_ name: String) -> String {
        let capitalized = Self.capitalized(name)
        return members[name] == nil && members[capitalized] != nil ? capitalized : name
    }

    static func capitalized(_ key: String) -> String { key.prefix(1).uppercased() + key.dropFirst() }

    func path(of name: String) -> DocumentPath { path[key(name)] }
}

extension DocumentCheck {
    fileprivate typealias Place = (value: JSONValue, path: DocumentPath)

    fileprivate func member(_ name: String, in part: FISPart) -> Place? {
        part.members[part.key(name)].map { ($0, part.path(of: name)) }
    }

    /// Unlike experiments, templates have no keys of others: the service refuses them.
    fileprivate mutating func unknownKeys(in part: FISPart, known: [String]) {
        for key in part.members.keys {
            let name = key.prefix(1).lowercased() + key.dropFirst()
            guard !known.contains(name) else { continue }
            let spellings = key == name ? known : known.map { FISPart.capitalized($0) }
            let meant = KnownKeys.meant(by: key, among: spellings)
            error(part.path[key], "is unknown", hint: meant.map { "did you mean \($0)?" }, atKey: true)
        }
    }

    fileprivate mutating func part(_ place: Place) -> FISPart? {
        mapping(place.value, at: place.path, "see the API of FIS").map { FISPart(members: $0, path: place.path) }
    }

    /// The mappings in a mapping, by their names.
    fileprivate mutating func parts(_ name: String, in part: FISPart) -> [(String, FISPart)] {
        guard let place = member(name, in: part), let parts = self.part(place) else { return [] }
        return parts.members.compactMap { key, value in self.part((value, place.path[key])).map { (key, $0) } }
    }

    fileprivate mutating func text(_ name: String, in part: FISPart) -> String? {
        requiredText(part.key(name), of: part.members, at: part.path)
    }

    fileprivate mutating func list(_ place: Place?) -> [String] {
        guard let place else { return [] }
        guard let values = place.value.arrayValue else {
            error(place.path, "must be a list of texts, not \(place.value.inMessage)")
            return []
        }
        return values.enumerated().compactMap { index, value in
            if value.stringValue == nil { error(place.path[index], "must be a text, not \(value.inMessage)") }
            return value.stringValue
        }
    }

    /// The texts in a mapping, in order.
    fileprivate mutating func texts(_ place: Place?) -> [(key: String, value: String)] {
        guard let place, let part = part(place) else { return [] }
        return part.members.compactMap { key, value in
            // YAML makes numbers and booleans of what the API has as texts.
            switch value {
            case .string(let text): return (key, text)
            case .integer, .unsigned, .double, .bool: return (key, value.description)
            default:
                error(place.path[key], "must be a text, not \(value.inMessage)")
                return nil
            }
        }
    }

    fileprivate mutating func dictionary(_ place: Place?) -> [String: String] {
        Dictionary(texts(place).map { ($0.key, $0.value) }) { $1 }
    }
}

extension Quantity {
    /// Reads `ALL`, `COUNT(3)` or `PERCENT(25)`.
    fileprivate init?(selectionMode text: String) {
        if text == "ALL" {
            self = .all
            return
        }
        let parts = text.split(separator: "(", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasSuffix(")"), let number = Int(parts[1].dropLast()), number > 0 else {
            return nil
        }
        switch parts[0] {
        case "COUNT": self = .count(number)
        case "PERCENT" where number <= 100: self = .percent(Double(number))
        default: return nil
        }
    }
}
