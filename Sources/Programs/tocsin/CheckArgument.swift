import Glibc

/// Tells files and URLs among the arguments of `tocsin check` apart.
enum CheckArgument {
    /// Whether an argument is a URL, or a host whose scheme was left out.
    ///
    /// What exists as a file is one. Of what does not exist, a name with a dot or a port in it is a host, unless it
    /// looks like a path or like the name of a file in YAML or JSON: then it is probably misspelt.
    static func isURL(_ argument: String, exists: (String) -> Bool = { access($0, F_OK) == 0 }) -> Bool {
        if argument.hasPrefix("s3://") || argument.hasPrefix("ssm:") || argument.hasPrefix("arn:") { return false }
        if let colon = argument.firstIndex(of: ":"), argument[colon...].hasPrefix("://") { return true }
        if argument.isEmpty || exists(argument) { return false }
        if ["/", ".", "~", "-"].contains(where: { argument.hasPrefix($0) }) { return false }
        let host = argument.prefix { $0 != "/" && $0 != "?" }
        let isFileName = [".yaml", ".yml", ".json"].contains { argument.lowercased().hasSuffix($0) }
        if isFileName, !argument.contains("?"), !host.contains(":") { return false }
        return host == "localhost" || host.contains { $0 == "." || $0 == ":" }
    }
}
