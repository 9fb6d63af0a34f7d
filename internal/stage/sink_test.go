package stage

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheSinkTakesMailsAsSendGridDoes(t *testing.T) {
	t.Parallel()
	sink, err := OpenSink(nil)
	require.NoError(t, err)
	t.Cleanup(sink.Close)
	send := func(key, body string) (status int, id string) {
		request, err := http.NewRequest(http.MethodPost, sink.URL+"/v3/mail/send", strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode, answer.Header.Get("X-Message-Id")
	}
	mail := `{"personalizations": [{"to": [{"email": "a@mail.example"}]}], "custom_args": {"doorbell_message": "m-1"}}`

	status, id := send(SinkKey, mail)
	require.Equal(t, http.StatusAccepted, status)
	require.Equal(t, "sink-m-1", id)
	status, _ = send("SG.other", mail)
	require.Equal(t, http.StatusForbidden, status)
	status, _ = send(SinkKey, `{}`)
	require.Equal(t, http.StatusForbidden, status)
	status, _ = send("SG.other", `{"personalizations": [{"to": [{"email": "a@mail.example"}]}]}`)
	require.Equal(t, http.StatusAccepted, status, "somebody else's")
	status, _ = send(SinkKey, mail)
	require.Equal(t, http.StatusAccepted, status)

	got, ok := sink.Arrived("m-1")
	require.True(t, ok)
	require.Equal(t, 2, got.Times, "it tells what came twice")
	require.Equal(t, 2, sink.Count())
	_, ok = sink.Arrived("m-2")
	require.False(t, ok)
}

func TestTheSinkForgetsTheOldest(t *testing.T) {
	t.Parallel()
	s := &Sink{arrivals: map[string]Arrival{}}
	begin := time.Now()
	for i := range remembered + 10 {
		s.note(fmt.Sprint(i), begin)
	}
	require.Len(t, s.arrivals, remembered)
	_, old := s.Arrived("9")
	require.False(t, old)
	_, kept := s.Arrived("10")
	require.True(t, kept)
	require.Equal(t, remembered+10, s.Count())
}
