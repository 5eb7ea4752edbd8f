"""An import contract of our own for import-linter: a package that imports nothing but what is named."""

import sys

import grimp
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """``package`` imports the standard library, itself and ``allowed``, and nothing else."""

    type_name = "only"

    package: str = fields.StringField()  # type: ignore[assignment]  # replaced by its value when the contract is read
    allowed: list[str] = fields.ListField(subfield=fields.StringField())  # type: ignore[assignment]  # likewise replaced

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's
        """Collect every direct import out of the package that is not allowed."""
        inside = {self.package, *graph.find_descendants(self.package)}
        allowed = {*self.allowed, *sys.stdlib_module_names}
        found = sorted(
            f"{module} imports {imported}"
            for module in inside
            for imported in graph.find_modules_directly_imported_by(module) - inside
            if imported.partition(".")[0] not in allowed
        )
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import."""
        for line in check.metadata["found"]:
            output.print_error(line)
