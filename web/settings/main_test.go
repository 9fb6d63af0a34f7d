package settings_test

import (
	"testing"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
