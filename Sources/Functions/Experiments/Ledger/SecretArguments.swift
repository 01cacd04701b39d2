import Basics
public import JSON

/// The arguments of an activity that have values of secrets, as the experiment has them: the ledger keeps no secrets.
public struct SecretArguments: Sendable, Hashable {
    /// The arguments before substitution: a mapping, or a text that becomes one.
    public let template: JSONValue
    /// The names of the secrets in them.
    public let names: [String]

    init(template: JSONValue, names: [String]) { (self.template, self.names) = (template, names) }

    /// The arguments among those of a declaration that name secrets; nil when there are none.
    init?(in declared: JSONValue, _ substitution: Substitution) {
        func secrets(in value: JSONValue) -> [String] {
            Substitution.variables(in: value).filter { name in
                let isPlain =
                    substitution.configuration[name] != nil
                    && !ExperimentVariables.secretKeys.contains(name)
                return !isPlain && substitution.value(of: name) != nil
            }
        }
        names = secrets(in: declared)
        guard !names.isEmpty else { return nil }
        template =
            declared.objectValue.map { members in
                .object(JSONObject(distinct: members.filter { !secrets(in: $0.value).isEmpty }))
            } ?? declared
    }

    /// The arguments with the values of the secrets.
    /// - Throws: ``ExperimentError`` with `configuration` when a secret is not known any more.
    func values(_ substitution: Substitution) throws(ExperimentError) -> JSONObject {
        for name in names where substitution.value(of: name) == nil {
            throw ExperimentError(
                .configuration,
                "the secret \(name) is not known here: one that stands in the experiment itself is not in the ledger")
        }
        return substitution.apply(toArguments: template).objectValue ?? [:]
    }
}
