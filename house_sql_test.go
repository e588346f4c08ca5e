package main_test

import (
	"go/ast"
	"go/token"
	"strings"
)

// Methods of gorm whose first argument is SQL as it stands, and those that take a
// condition after the target.
var (
	sqlArgument     = map[string]bool{"Order": true, "Select": true, "Omit": true, "Group": true, "Pluck": true, "Table": true, "Joins": true, "Distinct": true, "Having": true, "Where": true, "Or": true, "Not": true, "Raw": true, "Exec": true}
	inlineCondition = map[string]bool{"First": true, "Take": true, "Last": true, "Find": true, "Delete": true, "FirstOrInit": true, "FirstOrCreate": true}
)

// sqlNames is what a folder knows about its names.
type sqlNames struct {
	constants map[string]bool
	sets      map[string]bool         // package variables: sorts[key] is a closed set
	carriers  map[string]map[int]bool // functions that hand a parameter to gorm as SQL
}

// rawSQL finds calls of gorm that would run a variable as SQL: an id from a URL in
// First(&x, id) is a condition, not an id. Allowed are literals, constants, named sets
// (sorts[key] where sorts is a variable of the package), local variables that are only ever
// given such values, structs and clause expressions. An unexported function may pass on its
// parameter: then its callers are held to the same.
func rawSQL(s source, report func(int, string)) {
	if !speaksSQL(s) {
		return
	}
	beside := s.Beside
	if beside == nil {
		beside = []source{s}
	}
	names := learn(beside)
	for _, d := range s.File.Decls {
		f, _ := d.(*ast.FuncDecl)
		sqlCalls(d, names, func(sel *ast.Ident, name string, arg ast.Expr) {
			if !names.closed(arg, f) {
				report(s.Fset.Position(sel.Pos()).Line, name+" runs this argument as SQL: use a literal, a constant or a closed set")
			}
		})
	}
}

func speaksSQL(s source) bool {
	return s.File != nil && under(s.dir(), "models") && !s.isTest() && !helperPackage(s.dir())
}

// learn reads a folder until it knows every function that carries SQL onwards.
func learn(files []source) sqlNames {
	names := sqlNames{map[string]bool{}, map[string]bool{}, map[string]map[int]bool{}}
	for _, s := range files {
		if speaksSQL(s) {
			packageNames(s.File, names)
		}
	}
	for again := true; again; {
		again = false
		for _, s := range files {
			if !speaksSQL(s) {
				continue
			}
			for _, d := range s.File.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Name.IsExported() {
					continue
				}
				sqlCalls(f, names, func(_ *ast.Ident, _ string, arg ast.Expr) {
					ast.Inspect(arg, func(n ast.Node) bool {
						x, ok := n.(*ast.Ident)
						if !ok {
							return true
						}
						i := parameter(f, x.Name)
						if i < 0 || names.carriers[f.Name.Name][i] {
							return true
						}
						if names.carriers[f.Name.Name] == nil {
							names.carriers[f.Name.Name] = map[int]bool{}
						}
						names.carriers[f.Name.Name][i] = true
						again = true
						return true
					})
				})
			}
		}
	}
	return names
}

// sqlCalls calls found for every argument below n that reaches gorm as SQL.
func sqlCalls(n ast.Node, names sqlNames, found func(at *ast.Ident, name string, arg ast.Expr)) {
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fun := call.Fun
		switch x := fun.(type) {
		case *ast.IndexExpr: // one[Opinion](…)
			fun = x.X
		case *ast.IndexListExpr:
			fun = x.X
		}
		var at *ast.Ident
		method := false
		switch x := fun.(type) {
		case *ast.Ident:
			at = x
		case *ast.SelectorExpr:
			at, method = x.Sel, true
		default:
			return true
		}
		name := at.Name
		if method && sqlArgument[name] && len(call.Args) > 0 {
			sql := call.Args[0]
			if ctx, ok := sql.(*ast.Ident); ok && ctx.Name == "ctx" && len(call.Args) > 1 {
				sql = call.Args[1] // pgx and database/sql take a context first
			}
			found(at, name, sql)
		}
		if method && inlineCondition[name] && len(call.Args) > 1 {
			found(at, name, call.Args[1])
		}
		for i, arg := range call.Args {
			if names.carriers[name][i] {
				found(at, name, arg)
			}
		}
		return true
	})
}

// parameter is the position of a function's parameter, or -1.
func parameter(f *ast.FuncDecl, name string) int {
	i := 0
	for _, field := range f.Type.Params.List {
		for _, n := range field.Names {
			if n.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

// packageNames adds a file's constants, those inside functions included, and its package
// variables.
func packageNames(f *ast.File, names sqlNames) {
	ast.Inspect(f, func(n ast.Node) bool {
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
			for _, spec := range d.Specs {
				for _, n := range spec.(*ast.ValueSpec).Names {
					names.constants[n.Name] = true
				}
			}
		}
		return true
	})
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				for _, n := range spec.(*ast.ValueSpec).Names {
					names.sets[n.Name] = true
				}
			}
		}
	}
}

// closed tells whether an expression in f can only be one of the texts written in the code.
func (k sqlNames) closed(x ast.Expr, f *ast.FuncDecl) bool {
	switch x := x.(type) {
	case *ast.BasicLit, *ast.CompositeLit:
		return true
	case *ast.ParenExpr:
		return k.closed(x.X, f)
	case *ast.UnaryExpr: // &Opinion{…}
		return x.Op == token.AND && k.closed(x.X, f)
	case *ast.BinaryExpr:
		return x.Op == token.ADD && k.closed(x.X, f) && k.closed(x.Y, f)
	case *ast.Ident:
		if f != nil && parameter(f, x.Name) >= 0 {
			return k.carriers[f.Name.Name][parameter(f, x.Name)] // its callers are checked
		}
		return k.constants[x.Name] || f != nil && k.onlyClosed(x.Name, f)
	case *ast.IndexExpr:
		set, ok := x.X.(*ast.Ident)
		return ok && k.sets[set.Name]
	case *ast.CallExpr:
		// Builders that quote their names: clause.Eq and the like; gorm.Expr with a closed text.
		sel, ok := x.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if !sel.Sel.IsExported() { // a method of this package on closed texts: db.ddl("CREATE …")
			for _, arg := range x.Args {
				if !k.closed(arg, f) {
					return false
				}
			}
			return len(x.Args) > 0
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && pkg.Name == "strings" && len(x.Args) == 2 {
			// As many "(?, ?)" as there are rows.
			return k.closed(x.Args[0], f) && (sel.Sel.Name == "Repeat" || strings.HasPrefix(sel.Sel.Name, "Trim") && k.closed(x.Args[1], f))
		}
		return ok && (pkg.Name == "clause" || pkg.Name == "gorm" && sel.Sel.Name == "Expr" && len(x.Args) > 0 && k.closed(x.Args[0], f))
	}
	return false
}

// onlyClosed tells whether a local variable is given nothing but closed texts.
func (k sqlNames) onlyClosed(name string, f *ast.FuncDecl) bool {
	given, open := 0, false
	take := func(left []ast.Expr, right []ast.Expr) {
		for i, l := range left {
			if id, ok := l.(*ast.Ident); !ok || id.Name != name {
				continue
			}
			given++
			if len(left) != len(right) {
				open = true // several results of one call
				continue
			}
			if id, ok := right[i].(*ast.Ident); ok && id.Name == name {
				continue
			}
			if !k.closedOrSelf(right[i], name, f) {
				open = true
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			take(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			var left []ast.Expr
			for _, id := range n.Names {
				left = append(left, id)
			}
			if len(n.Values) > 0 {
				take(left, n.Values)
			}
		case *ast.RangeStmt:
			for _, x := range []ast.Expr{n.Key, n.Value} {
				if id, ok := x.(*ast.Ident); ok && id.Name == name {
					open = true
				}
			}
		case *ast.FuncLit:
			for _, field := range n.Type.Params.List {
				for _, id := range field.Names {
					open = open || id.Name == name
				}
			}
		}
		return true
	})
	return given > 0 && !open
}

// closedOrSelf is closed, where the variable itself may be a part: order = order + ", id".
func (k sqlNames) closedOrSelf(x ast.Expr, name string, f *ast.FuncDecl) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == name || k.constants[x.Name] || parameter(f, x.Name) >= 0 && k.closed(x, f)
	case *ast.BinaryExpr:
		return x.Op == token.ADD && k.closedOrSelf(x.X, name, f) && k.closedOrSelf(x.Y, name, f)
	}
	return k.closed(x, f)
}
