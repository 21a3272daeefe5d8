package config

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tillpay/channels"
)

// Channel is one [[channel]]: what every channel has, and the keys of its
// driver, which only the driver understands.
type Channel struct {
	Name      string
	Driver    string // which drivers there are is not for this package to know
	Endpoint  string
	CAFile    string
	NotifyURL string

	at   string // its path in the file: channel[0]
	keys map[string]any
	doc  *document
}

// common are the keys that this package reads of every channel.
func common() []string {
	var keys []string
	for _, f := range new(Channel).fields() {
		keys = append(keys, f.key)
	}
	return keys
}

// channel reads what is common. Every other key is left to the driver.
func (r *reader) channel(at string) Channel {
	c := Channel{at: at, keys: r.doc.table(at), doc: r.doc}
	for _, f := range c.fields() {
		r.field(at, f, c.keys)
	}
	return c
}

// Settings is what the channel's driver gets. cacheDir is a folder of this
// channel's own, for what can be fetched again.
func (c Channel) Settings(till Till, cacheDir string) channels.Settings {
	return channels.Settings{
		Name: c.Name, Till: till.Place(), CacheDir: cacheDir,
		Path:   c.doc.path,
		Decode: c.decode,
	}
}

// decode fills a driver's struct, and leaves what the file does not give as it
// was. Every error is a *channels.SettingError, save of a wrong use.
func (c Channel) decode(into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() || target.Elem().Kind() != reflect.Struct {
		return errors.New("config: decode: not a pointer to a struct")
	}
	types := settings(target.Elem().Type())
	known := slices.Sorted(maps.Keys(types))
	shared := common()
	for _, key := range slices.Sorted(maps.Keys(c.keys)) {
		t, ok := types[key]
		if !ok {
			if slices.Contains(shared, key) {
				continue // read already, and of no interest to this driver
			}
			return &channels.SettingError{Key: join("", key), Problem: "unknown key", Mend: meant(key, append(known, shared...))}
		}
		if err := decodeKey(into, key, c.keys[key], t); err != nil {
			return err
		}
	}
	return nil
}

// decodeKey fills one field, so that what is wrong with it has a name.
func decodeKey(into any, key string, v any, t reflect.Type) error {
	given := v
	if t == reflect.TypeFor[time.Duration]() { // which TOML does not know
		d, ok := duration(0, v)
		if !ok {
			return mistyped(key, given, t)
		}
		v = int64(d)
	}
	text, err := toml.Marshal(map[string]any{key: v})
	if err != nil {
		return mistyped(key, given, t)
	}
	err = toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields().Decode(into)
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) && len(missing.Errors) > 0 {
		path := ""
		for _, part := range missing.Errors[0].Key() {
			path = join(path, part)
		}
		return &channels.SettingError{Key: path, Problem: "unknown key", Mend: "take it out"}
	}
	if err != nil {
		return mistyped(key, given, t)
	}
	return nil
}

func mistyped(key string, v any, t reflect.Type) error {
	e := &channels.SettingError{Key: join("", key), Problem: "must be " + kind(t), Mend: "correct the value"}
	if s, ok := v.(string); ok && !hidden(key, v) {
		e.Value = s
	} else if !ok && !hidden(key, v) {
		e.Value = literal(v)
	}
	return e
}

// kind names a type as people write its values.
func kind(t reflect.Type) string {
	if t == reflect.TypeFor[time.Duration]() {
		return `a duration in quotes, such as "45s"`
	}
	switch t.Kind() {
	case reflect.String:
		return "text in quotes"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "a table of keys and values"
	}
	return "another kind of value"
}

// meant says which of the known keys an unknown one was meant to be.
func meant(key string, known []string) string {
	if near := nearest(key, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "take it out, or see the driver's settings"
}

// settings is the type of every key that a driver's struct takes.
func settings(t reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			maps.Copy(keys, settings(f.Type))
			continue
		}
		if f.IsExported() && name != "" && name != "-" {
			keys[name] = f.Type
		}
	}
	return keys
}
